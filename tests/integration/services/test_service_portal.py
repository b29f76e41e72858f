"""A file that the letter says is posted on a portal: fetched, awaited, compared, or missed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from connector.portal_memory import MemoryVisit, Posted
from domain.campaign import Channel
from domain.errors import NotAllowed
from domain.facts import About, PortalCompared, PortalFailed, PortalFileFetched
from domain.ids import digest_of
from domain.intents import AskPortal, HoldLetters
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.portal import PortalComparison, PortalProblem
from domain.state import PortalState, ReviewState
from dondoc.services.doctor_evidence import named
from dondoc.services.doctor_portal import examine_portals
from dondoc.services.portal_trial import try_page, try_portal
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.reviews import open_review
from dondoc.services.turn import intents
from dondoc.simulators.portal.pages import detail_page, login_page, other_layout
from tests.edxml_files import read
from tests.integration.services.portal_site import HOST, NAME, PAGE, POST, RESOLUTION, RULE, Site
from tests.integration.services.service_parts import CAMPAIGN, START, YEN_SON
from tests.integration.services.service_world import World


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


def test_a_file_that_the_letter_lacks_goes_with_it(site: Site) -> None:
    site.post()
    site.take()
    (fetched,) = site.facts(PortalFileFetched)
    assert isinstance(fetched, PortalFileFetched)
    assert (fetched.file.name, fetched.file.media_type) == (NAME, "application/pdf")
    assert fetched.file.digest == digest_of(RESOLUTION)
    assert site.state.outcome is PortalComparison.NOT_CARRIED
    evidence = site.world.app.evidence
    assert [evidence.get(d)[:15] for d in fetched.pages] == [b"<!DOCTYPE html>"] * 2
    assert b"ghi-chu.txt" in site.mail()
    assert NAME.encode() in site.mail()
    packet = read(site.world.exchange.sent_bytes[-1]).packet
    assert [a.name for a in packet.attachments] == ["ghi-chu.txt", NAME]  # type: ignore[union-attr]
    assert site.world.reviews() == []
    owners = named(site.world.app.ledger)
    assert {*fetched.pages, fetched.file.digest} <= owners.keys()


def test_letters_wait_for_the_file_and_the_plan_says_why(site: Site) -> None:
    site.take()
    assert site.sent() == []
    assert site.state.problem is PortalProblem.REFUSED
    held = [i for i in intents(site.world.app, site.now) if isinstance(i, HoldLetters)]
    assert len(held) == 1
    assert "waits for 47/NQ-CP from the portal" in held[0].why
    assert "asked again at 08/05 09:15" in held[0].why
    site.post()
    site.world.turn(later=timedelta(minutes=16))
    assert site.sent() != []
    assert not [i for i in intents(site.world.app, site.now) if isinstance(i, HoldLetters)]
    assert NAME.encode() in site.mail()


def test_what_came_with_the_letter_does_not_wait_and_is_compared(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(away=True)
    site.take(NAME)
    assert site.sent() != []
    assert site.state.problem is PortalProblem.UNAVAILABLE
    site.post()
    site.world.turn(later=timedelta(hours=1))
    assert site.state.outcome is PortalComparison.SAME
    (compared,) = site.facts(PortalCompared)
    assert isinstance(compared, PortalCompared)
    assert [f.name for f in compared.carried] == [NAME]
    assert site.world.reviews() == []
    asked = len(site.pages.asked)
    site.world.turn(later=timedelta(days=1))
    assert len(site.pages.asked) == asked


def test_the_same_bytes_under_another_name_are_the_same_file(site: Site) -> None:
    site.post()
    site.take("quet0001.pdf")
    assert site.state.outcome is PortalComparison.SAME
    assert NAME.encode() not in site.mail()


def test_another_file_is_told_with_both_digests(site: Site) -> None:
    other = RESOLUTION + b"\n% saved again\n"
    site.post(other)
    site.take(NAME)
    assert site.state.outcome is PortalComparison.DIFFERS
    review = site.world.review(ReviewKind.PORTAL_DIFFERS)
    for part in (digest_of(other), digest_of(RESOLUTION), str(len(other)), f"{HOST}/tep/0/0"):
        assert part in review.reason
    assert review.evidence == digest_of(other)
    assert NAME.encode() in site.mail()
    resolve(site.world.app, review.review, Resolution(decision=Decision.NOTED, by="Lan"), site.now)
    site.world.turn(later=timedelta(days=2))
    assert site.world.reviews() == []


@pytest.mark.parametrize(
    ("change", "problem", "words"),
    [
        ({PAGE: Posted(content=other_layout().encode())}, PortalProblem.CHANGED, "list.rows"),
        ({PAGE: Posted(content=b"x" * 5_000_000)}, PortalProblem.TOO_LARGE, "a page"),
        (
            {f"{PAGE}/0": Posted(moved="https://elsewhere.example/x")},
            PortalProblem.REFUSED,
            "not the portal's",
        ),
        (
            {f"{HOST}/tep/0/0/{NAME}": Posted(content=login_page().encode())},
            PortalProblem.NOT_A_FILE,
            "a web page came instead",
        ),
        (
            {f"{HOST}/tep/0/0/{NAME}": Posted(content=b"", media_type="application/pdf")},
            PortalProblem.NOT_A_FILE,
            "it is empty",
        ),
        (
            {f"{HOST}/tep/0/0/{NAME}": Posted(content=b"%PDF-1.4 cut", media_type="x/y")},
            PortalProblem.NOT_A_FILE,
            "cannot be used",
        ),
    ],
)
def test_what_only_a_person_can_mend_is_told_once_and_tried_on(
    site: Site, change: dict[str, Posted], problem: PortalProblem, words: str
) -> None:
    site.post()
    site.pages.posted |= change
    site.take()
    assert site.state.problem is problem
    review = site.world.review(ReviewKind.PORTAL_MISSING)
    assert words in review.reason
    assert "accept sends it without" in review.reason
    for _ in range(4):
        site.world.turn(later=timedelta(hours=7))
    assert len(site.world.reviews()) == 1
    assert site.state.attempts == 5
    assert site.sent() == []
    site.post()
    site.world.turn(later=timedelta(hours=7))
    assert site.state.outcome is PortalComparison.NOT_CARRIED
    assert site.sent() != []
    closed = site.world.app.ledger.get(ReviewState, (review.review,))
    assert closed is not None
    assert (closed.open, closed.by, closed.note) == (False, "Dondoc", "the file is there now")
    assert site.world.consistent() == []


def test_a_review_of_an_older_dondoc_that_stayed_open_when_the_file_came(site: Site) -> None:
    site.post()
    site.take()
    about = About(campaign=CAMPAIGN)
    opened = open_review(ReviewKind.PORTAL_MISSING, "x", about, "it was down", site.now)
    site.world.app.ledger.append([opened], recorded_at=site.now)
    with pytest.raises(NotAllowed, match="use noted"):
        site.resolve(Decision.ACCEPT)
    before = site.state
    site.resolve(Decision.NOTED)
    assert site.state == before


def test_a_bug_does_not_have_the_portal_asked_at_every_turn(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("dondoc.services.portal_search.read_listing", broken)
    site.post()
    site.take()
    assert site.pages.asked == [PAGE]
    site.world.turn(later=timedelta(minutes=1))
    assert site.pages.asked == [PAGE]
    (held,) = (i for i in intents(site.world.app, site.now) if isinstance(i, HoldLetters))
    assert "see the log; asked again at 08/05 09:15" in held.why
    assert "Dondoc failed on it" in site.world.review(ReviewKind.FAILED).reason
    monkeypatch.undo()
    site.world.turn(later=timedelta(minutes=15))
    assert site.state.outcome is PortalComparison.NOT_CARRIED
    assert site.world.consistent() == []


def test_a_search_has_one_time_and_one_size_for_everything(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits: list[dict[str, float]] = []
    visit = site.pages.visit

    def watched(*, seconds: float, octets: int) -> MemoryVisit:
        visits.append({"seconds": seconds, "octets": octets})
        return visit(seconds=seconds, octets=octets)

    monkeypatch.setattr(site.pages, "visit", watched)
    site.post()
    site.take()
    assert len(site.pages.asked) == 3
    assert visits == [{"seconds": 300.0, "octets": RULE.max_octets + 32 * 1024 * 1024}]


def test_a_file_over_the_limit_is_told(world: World) -> None:
    site = Site(world, replace(RULE, max_octets=1_000))
    site.post()
    site.take()
    assert site.state.problem is PortalProblem.TOO_LARGE
    assert "more than 1000" in world.review(ReviewKind.PORTAL_MISSING).reason


def test_a_file_that_says_it_is_another_document(site: Site) -> None:
    site.post(b"CH\xc3\x8dNH PH\xe1\xbb\xa6\nS\xe1\xbb\x91: 48/NQ-CP\n")
    url = f"{HOST}/tep/0/0/{NAME}"
    text = site.pages.posted.pop(url)
    other = replace(POST, files=(("47-NQ-CP.txt", b""),))
    site.pages.posted[f"{PAGE}/0"] = Posted(content=detail_page(0, other, charset="utf-8").encode())
    site.pages.posted[url.replace(".pdf", ".txt")] = replace(text, media_type="text/plain")
    site.take()
    assert site.state.problem is PortalProblem.OTHER_DOCUMENT
    assert "48/NQ-CP, not 47/NQ-CP" in site.state.reason


def test_a_portal_that_is_down_is_told_when_patience_has_passed(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(away=True)
    site.take()
    times = [site.now]
    while not site.world.reviews():
        before = site.state.attempts
        site.world.turn(later=timedelta(minutes=15))
        if site.state.attempts > before:
            times.append(site.now)
    waits = [after - before for before, after in pairwise(times)]
    quarter, hour = timedelta(minutes=15), timedelta(hours=1)
    assert waits[:5] == [quarter, hour, 3 * hour, 6 * hour, 6 * hour]
    assert site.now - START >= timedelta(days=1)
    assert len(times) <= 9
    assert all(isinstance(f, PortalFailed) for f in site.facts(PortalFailed))


def test_a_person_sends_the_letter_without_the_file(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(content=other_layout().encode())
    site.take()
    site.resolve(Decision.ACCEPT)
    assert (site.state.waived_by, site.state.done) == ("Lan", True)
    site.world.turn()
    assert NAME.encode() not in site.mail()
    site.post()
    site.world.turn(later=timedelta(days=1))
    assert site.state.file is None


def test_whoever_goes_on_waiting_is_asked_again(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(content=other_layout().encode())
    site.take()
    site.resolve(Decision.NOTED)
    site.world.turn(later=timedelta(minutes=1))
    assert site.state.attempts == 2
    for _ in range(3):
        site.world.turn(later=timedelta(hours=7))
    assert site.world.reviews() == []
    site.world.turn(later=timedelta(hours=7))
    assert site.world.review(ReviewKind.PORTAL_MISSING).open
    assert site.sent() == []


def test_a_comparison_that_fails_is_told_once_and_ends(site: Site) -> None:
    site.pages.posted[PAGE] = Posted(content=other_layout().encode())
    site.take(NAME)
    assert "do not wait" in site.world.review(ReviewKind.PORTAL_MISSING).reason
    site.resolve(Decision.NOTED)
    for _ in range(3):
        site.world.turn(later=timedelta(days=2))
    kinds = [r.kind for r in site.world.app.ledger.select(ReviewState)]
    assert kinds.count(ReviewKind.PORTAL_MISSING) == 1
    site.world.turn(later=timedelta(days=40))
    asked = [i for i in intents(site.world.app, site.now) if isinstance(i, AskPortal)]
    assert asked == []


def test_a_portal_added_later_holds_nothing_and_changes_no_letter(world: World) -> None:
    world.began()
    site = Site(world)
    before = world.dispatch(YEN_SON, Channel.EMAIL).content
    site.post()
    world.turn(later=timedelta(hours=1))
    assert site.state.outcome is PortalComparison.NOT_CARRIED
    assert world.dispatch(YEN_SON, Channel.EMAIL).content == before
    assert not [i for i in intents(world.app, world.now) if isinstance(i, HoldLetters)]


def test_a_later_round_takes_the_file_along(site: Site) -> None:
    site.post()
    site.take()
    site.world.turn(to=datetime(2025, 9, 15, 2, tzinfo=UTC))
    notices = site.world.dispatches(YEN_SON, Channel.EXCHANGE, DispatchKind.NOTICE)
    packet = read(site.world.app.evidence.get(notices[0].content)).packet
    assert NAME in [a.name for a in packet.attachments]  # type: ignore[union-attr]


def test_a_campaign_whose_portal_is_not_wired_is_a_bug_that_stops_nothing(site: Site) -> None:
    site.world.change(portals={})
    site.take()
    assert "not configured" in site.world.review(ReviewKind.FAILED).reason


def test_the_doctor_asks_the_page(site: Site) -> None:
    (down,) = examine_portals(site.world.app)
    assert (down.ok, down.name) == (False, f"portal of {CAMPAIGN}")
    site.post()
    (sound,) = examine_portals(site.world.app)
    assert sound.ok
    assert "2 document(s) read, 47/NQ-CP with 47-NQ-CP.pdf" in sound.what
    site.pages.posted[PAGE] = Posted(content=other_layout().encode())
    (changed,) = examine_portals(site.world.app)
    assert "dondoc portal nq47" in changed.advice
    assert site.world.app.ledger.select(PortalState) == []


def test_trying_the_rules(site: Site) -> None:
    door = site.world.app.portals[CAMPAIGN]
    assert "HTTP 404" not in try_portal(door, RULE).problem
    assert try_portal(door, RULE).problem
    site.post()
    whole = try_portal(door, RULE)
    assert whole.file is not None
    assert (whole.file.base, whole.problem) == (NAME, "")
    saved = try_page(door, RULE, site.pages.posted[PAGE].content)
    assert saved.entry == whole.entry
    assert f"{PAGE}/0" in saved.problem
    assert (
        "not among the 2"
        in try_page(door, replace(RULE, document="9/CT"), site.pages.posted[PAGE].content).problem
    )
    assert "finds nothing" in try_page(door, RULE, b"<p>x").problem
    assert "not among" in try_portal(door, replace(RULE, document="9/CT")).problem


def test_trying_rules_whose_files_stand_in_the_row(site: Site) -> None:
    door = site.world.app.portals[CAMPAIGN]
    assert door.rules.detail is not None
    rows = replace(door, rules=replace(door.rules, detail=None, files=door.rules.detail))
    page = (
        b"<table class='van-ban'><tbody><tr><td class='so-ky-hieu'>47/NQ-CP<td>a<td>15/4/2024"
        b"<td><ul class=attachments><a href='/x/47.pdf'>T</a></ul>"
    )
    found = try_page(rows, RULE, page)
    assert found.file is not None
    assert found.file.url == f"{HOST}/x/47.pdf"
