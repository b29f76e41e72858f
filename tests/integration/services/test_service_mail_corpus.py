"""What a turn makes of the corpus' machines, and that none of them causes a mail."""

from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.ids import OfficeId
from domain.kinds import ReviewKind
from domain.state import DispatchState
from domain.status import RawStatus
from tests.integration.services.service_parts import MAILBOX, MINH_TIEN, YEN_SON
from tests.integration.services.service_world import World
from tests.mail_corpus import MACHINES, Sample, letters, samples

BEHIND = b"From: nhac@thongbao.example\r\nMessage-ID: <behind@thongbao.example>\r\n\r\nTin vui."


def ours(world: World, office: OfficeId) -> DispatchState:
    return world.dispatch(office, Channel.EMAIL)


def about_this_world(world: World, raw: bytes) -> bytes:
    """Put the tokens of this world's letters in the place of the corpus' own."""
    offices = {YEN_SON: "directive", MINH_TIEN: "directive"}
    for letter in letters():
        if offices.get(letter.office) == letter.kind:
            token = ours(world, letter.office).token
            raw = raw.replace(letter.token.encode(), token.encode())
            raw = raw.replace(letter.token[:8].upper().encode(), token[:8].upper().encode())
    return raw


@pytest.mark.parametrize("sample", samples(*MACHINES), ids=lambda sample: sample.name)
def test_a_machine_changes_what_it_proves_and_causes_no_mail(begun: World, sample: Sample) -> None:
    begun.turn(later=timedelta(hours=1))
    before, tried, raws = (
        len(begun.app.ledger.select(DispatchState)),
        begun.line.tried,
        begun.raws(),
    )
    begun.mail.folder(MAILBOX).messages += [about_this_world(begun, sample.raw), BEHIND]
    begun.turn(later=timedelta(hours=1))
    begun.turn(later=timedelta(hours=1))
    read = [raw for position, raw in begun.raws().items() if position not in raws]
    assert [raw.status for raw in read] == [RawStatus.READ, RawStatus.READ]
    assert (len(begun.app.ledger.select(DispatchState)), begun.line.tried) == (before, tried)
    assert begun.replies(YEN_SON) == begun.replies(MINH_TIEN) == []
    if "status" in sample.expected:
        reviews = [r.kind for r in begun.reviews() if r.raw == read[0].raw]
        assert ours(begun, YEN_SON).status == sample.expected["status"]
        assert reviews == sample.expected["review"]
    for address in sample.expected.get("proposed", []):
        assert address in begun.review(ReviewKind.ADDRESS_CHANGE).reason
