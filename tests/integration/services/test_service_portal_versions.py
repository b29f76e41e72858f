"""A replacement of the letter and the file of the portal: compared for each version anew."""

from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest

from connector.portal_memory import Posted
from domain.campaign import Channel
from domain.errors import NotAllowed
from domain.exchange import Packet
from domain.facts import PortalCompared, PortalFileFetched
from domain.ids import OfficeId
from domain.intents import HoldLetters
from domain.kinds import Decision, ReviewKind
from domain.portal import PortalComparison, PortalProblem
from domain.state import ReviewState
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.turn import intents
from tests.edxml_files import attached, read
from tests.integration.services.portal_site import (
    NAME,
    NOTE,
    PAGE,
    RESOLUTION,
    Site,
)
from tests.integration.services.replacement_parts import HOUR, document, packet_of, sent
from tests.integration.services.service_parts import MINH_TIEN, Y_TE, YEN_SON
from tests.integration.services.service_world import World

FILE = attached(NAME, RESOLUTION, "application/pdf")


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


def replaced(site: Site, *files: Any, **members: Any) -> None:  # Attachment's and Packet's own
    """Let the replacement come in, with these files beside its note."""
    site.world.put(document(attachments=(NOTE, *files), **members))
    site.world.turn(later=HOUR)


def mail_of(site: Site, office: OfficeId) -> bytes:
    (dispatch,) = sent(site.world, office, Channel.EMAIL)
    return site.world.app.evidence.get(dispatch.content)


def names(site: Site, office: OfficeId) -> list[str]:
    (dispatch,) = sent(site.world, office, Channel.EXCHANGE)
    return [one.name for one in packet_of(site.world, dispatch).attachments]


def reason(site: Site, office: OfficeId) -> str:
    (dispatch,) = sent(site.world, office, Channel.EXCHANGE)
    return packet_of(site.world, dispatch).business_reason


def test_a_replacement_that_lacks_what_the_letter_had_gets_it(site: Site) -> None:
    site.post()
    site.take(NAME)
    assert site.state.outcome is PortalComparison.SAME
    asked = len(site.pages.asked)
    site.pages.posted[PAGE] = Posted(away=True)
    replaced(site)
    assert names(site, Y_TE) == ["ghi-chu.txt", NAME]
    assert NAME.encode() in mail_of(site, MINH_TIEN)
    assert "tệp" not in reason(site, Y_TE)
    assert len(site.pages.asked) == asked
    outcomes = [(f.version, f.outcome) for f in site.facts(PortalCompared)]  # type: ignore[attr-defined]
    assert outcomes == [(1, PortalComparison.SAME), (2, PortalComparison.NOT_CARRIED)]
    assert len(site.facts(PortalFileFetched)) == 1
    assert site.world.reviews() == []
    assert site.world.consistent() == []


def test_a_replacement_that_has_what_the_letter_lacked_has_it_once(site: Site) -> None:
    site.post()
    site.take()
    replaced(site, FILE)
    assert names(site, Y_TE) == ["ghi-chu.txt", NAME]
    parts = message_from_bytes(mail_of(site, MINH_TIEN)).walk()
    assert [name for part in parts if (name := part.get_filename())] == ["ghi-chu.txt", NAME]
    assert "tệp" not in reason(site, Y_TE)
    assert NAME not in reason(site, Y_TE)
    assert site.state.outcome is PortalComparison.SAME


def test_two_versions_that_lack_it_have_it_both(site: Site) -> None:
    site.post()
    site.take()
    first = site.world.dispatch(Y_TE, Channel.EXCHANGE).content
    replaced(site)
    assert names(site, Y_TE) == ["ghi-chu.txt", NAME]
    assert NAME not in reason(site, Y_TE)
    assert [a.name for a in _packet(site, first).attachments] == ["ghi-chu.txt", NAME]


def test_a_replacement_that_lacks_it_waits_while_the_portal_gives_nothing(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(away=True)
    site.take(NAME)
    site.world.dispatch(MINH_TIEN, Channel.EMAIL)
    replaced(site)
    assert sent(site.world, MINH_TIEN, Channel.EMAIL) == []
    assert [i for i in intents(site.world.app, site.now) if isinstance(i, HoldLetters)]
    site.post()
    site.world.turn(later=HOUR)
    assert names(site, Y_TE) == ["ghi-chu.txt", NAME]
    assert "tệp" not in reason(site, Y_TE)


def test_a_letter_sent_again_by_hand_does_not_end_the_waiting(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(away=True)
    site.take(NAME)
    first = site.world.dispatch(MINH_TIEN, Channel.EMAIL)
    replaced(site)
    site.world.dsn(first, "failed")
    site.world.turn(later=HOUR)
    review = site.world.review(ReviewKind.UNDELIVERABLE)
    with pytest.raises(NotAllowed, match="wait for the file"):
        resolve(
            site.world.app, review.review, Resolution(decision=Decision.RESEND, by="Lan"), site.now
        )
    site.world.turn(later=HOUR)
    assert sent(site.world, Y_TE, Channel.EXCHANGE) == []


def test_what_was_asked_about_the_letter_is_asked_about_its_replacement(site: Site) -> None:
    """Somebody told that nothing waits must learn that something does now."""
    site.pages.posted[PAGE] = Posted(content=b"<p>nothing")
    site.take(NAME)
    before = site.world.review(ReviewKind.PORTAL_MISSING)
    assert "do not wait" in before.reason
    replaced(site)
    after = site.world.review(ReviewKind.PORTAL_MISSING)
    assert "accept sends it without" in after.reason
    closed = site.world.app.ledger.get(ReviewState, (before.review,))
    assert closed is not None
    assert (closed.open, closed.by) == (False, "Dondoc")
    assert "version 2" in closed.note
    site.resolve(Decision.ACCEPT)
    site.world.turn(later=HOUR)
    assert names(site, Y_TE) == ["ghi-chu.txt"]
    assert f"Bỏ tệp: {NAME}" in reason(site, Y_TE)
    assert site.world.consistent() == []


def test_whoever_did_without_it_is_asked_again_about_the_replacement(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(content=b"<p>nothing")
    site.take()
    site.resolve(Decision.ACCEPT)
    site.world.turn()
    replaced(site)
    assert sent(site.world, MINH_TIEN, Channel.EMAIL) == []
    assert site.world.review(ReviewKind.PORTAL_MISSING).open
    assert (site.state.version, site.state.problem) == (2, PortalProblem.CHANGED)


def test_another_file_in_the_replacement_is_told_of_it_too(site: Site) -> None:
    site.post()
    site.take(NAME, content=RESOLUTION + b"\n% saved\n")
    first = site.world.review(ReviewKind.PORTAL_DIFFERS)
    replaced(site, attached(NAME, RESOLUTION + b"\n% again\n", "application/pdf"))
    reviews = site.world.reviews(ReviewKind.PORTAL_DIFFERS)
    assert [r.review for r in reviews].count(first.review) == 1
    assert len(reviews) == 2
    assert names(site, Y_TE) == ["ghi-chu.txt", NAME]


def test_a_reminder_names_what_the_office_has_while_the_replacement_waits(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(away=True)
    site.take(NAME)
    replaced(site)
    while not (found := site.world.reminders(MINH_TIEN)):
        site.world.turn(later=timedelta(days=1))
    assert [d.edition for d in found] == [1]
    assert sent(site.world, MINH_TIEN, Channel.EMAIL) == []


def test_two_files_of_one_name_do_not_go_together(site: Site) -> None:
    """The rule knows neither by its name; the one of the letter goes, and a person compares."""
    site.post(b"x")
    listed = site.pages.posted[f"{PAGE}/0"]
    site.pages.posted[f"{PAGE}/0"] = Posted(
        content=listed.content.replace(NAME.encode(), b"van-ban.pdf")
    )
    site.pages.posted[PAGE.replace("/van-ban", "/tep/0/0/van-ban.pdf")] = Posted(
        content=RESOLUTION, media_type="application/pdf"
    )
    site.take("Van-ban.pdf", content=RESOLUTION + b"\n% other\n")
    assert site.state.outcome is PortalComparison.DIFFERS
    dispatch = site.world.dispatch(YEN_SON, Channel.EXCHANGE)
    assert [a.name for a in packet_of(site.world, dispatch).attachments] == [
        "ghi-chu.txt",
        "Van-ban.pdf",
    ]


def _packet(site: Site, content: Any) -> Packet:  # a digest
    packet = read(site.world.app.evidence.get(content)).packet
    assert isinstance(packet, Packet)
    return packet
