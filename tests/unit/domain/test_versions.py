"""The versions of a directive, and what is taken back or revoked, as rows of events."""

from dataclasses import replace

import pytest

from domain import facts
from domain.errors import InvariantViolation
from domain.facts import About
from domain.ids import CampaignId, OfficeId, OrganId, RawId, RevocationId, RoundId
from domain.state import DirectiveState, RecallState, RevocationState, RevokedName
from domain.status import DispatchEvent, DispatchStatus
from tests.unit.domain.round_story import Story, about, first_letter, lost
from tests.unit.domain.small_district import (
    CAMPAIGN,
    DIGEST,
    DIRECTIVE,
    HOUR,
    MINH_TIEN,
    ROUND,
    START,
    YEN_SON,
)

SECOND = replace(DIRECTIVE, number="600", document_id="second")


@pytest.fixture
def story() -> Story:
    return Story().begin()


def _replaced(version: int) -> facts.DirectiveReplaced:
    return facts.DirectiveReplaced(
        about=About(campaign=CAMPAIGN), directive=SECOND, version=version, reason="sửa lỗi"
    )


def test_every_version_is_kept_and_each_letter_knows_its_own(story: Story) -> None:
    story.run(START)
    story.record(_replaced(2), at=START + HOUR, evidence=DIGEST)
    state = story.ledger.get(DirectiveState, (CAMPAIGN,))
    assert state is not None
    assert (state.version, state.former, state.reason) == (2, (DIRECTIVE,), "sửa lỗi")
    assert (state.directive, state.document_id) == (SECOND, "second")
    assert state.versions == (DIRECTIVE, SECOND)
    assert state.version_of(story.dispatch(first_letter(YEN_SON))) == DIRECTIVE
    story.run(START + HOUR)
    replacement = story.dispatch(f"{CAMPAIGN}/{ROUND}/{YEN_SON}/replacement/2/email")
    assert state.version_of(replacement) == SECOND
    assert replacement.version == 2
    story.check_replay()


@pytest.mark.parametrize("version", [1, 3])
def test_versions_follow_one_another(story: Story, version: int) -> None:
    with pytest.raises(InvariantViolation, match=f"version {version} does not follow 1"):
        story.record(_replaced(version))


def test_an_order_covers_what_it_names_and_no_more(story: Story) -> None:
    for scope in (about(YEN_SON), About(campaign=CAMPAIGN), About(campaign=CAMPAIGN, round=ROUND)):
        story.record(facts.RecallOrdered(about=scope, reason="nhầm", by="lan"))
    whole, for_round, for_office = story.ledger.select(RecallState)
    assert whole.whole
    assert not for_round.whole
    assert not for_office.whole
    assert for_office.covers(ROUND, YEN_SON)
    assert not for_office.covers(ROUND, MINH_TIEN)
    assert not for_office.covers(RoundId("2030"), YEN_SON)
    assert for_round.covers(ROUND, MINH_TIEN)
    assert not for_round.covers(RoundId("2030"), MINH_TIEN)
    assert whole.covers(RoundId("2030"), OfficeId("any"))
    story.check_replay()


def test_a_revocation_waits_until_a_person_decides(story: Story) -> None:
    name = RevocationId("r")
    story.record(
        facts.RevocationReceived(
            about=About(),
            revocation=name,
            raw=RawId("raw"),
            issuer=OrganId("H37"),
            document_ids=("d",),
            codes=(),
            known_as=("id d",),
        ),
        evidence=DIGEST,
    )
    (waiting,) = story.ledger.select(RevocationState)
    assert (waiting.agreed, waiting.campaign, waiting.evidence) == (None, None, DIGEST)
    story.record(
        facts.RevocationDecided(
            about=About(campaign=CAMPAIGN), revocation=name, agreed=True, by="lan"
        )
    )
    (decided,) = story.ledger.select(RevocationState)
    assert (decided.agreed, decided.campaign, decided.by) == (True, CAMPAIGN, "lan")
    other = About(campaign=CampaignId("other"))
    story.record(facts.RevocationDecided(about=other, revocation=name, agreed=False, by="hà"))
    (again,) = story.ledger.select(RevocationState)
    assert (again.agreed, again.campaign, again.by) == (False, CAMPAIGN, "hà")
    (known,) = story.ledger.select(RevokedName)
    assert known.key == ("id d", name)
    story.check_replay()


def test_that_we_ask_for_a_letter_does_not_prove_that_it_arrived(story: Story) -> None:
    story.run(START, lost)
    name = first_letter(YEN_SON)
    assert story.dispatch(name).status is DispatchStatus.UNCERTAIN
    story.receipt(name, DispatchEvent.RECALL_ASKED)
    asked = story.dispatch(name)
    assert (asked.status, asked.accepted_at) == (DispatchStatus.RECALL_ASKED, None)
    story.receipt(name, DispatchEvent.RECALL_AGREED)
    assert story.dispatch(name).accepted_at is not None
