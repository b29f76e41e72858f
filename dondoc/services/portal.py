"""The file that a directive says is posted on a portal: fetched, kept, compared, or told missing.

Pages and file are stored before they are read. What keeps the portal from giving the file is a
fact with the time of the next try; a person is told once.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import BinaryIO

import structlog

from domain.directive import StoredFile
from domain.errors import InvariantViolation, NotAllowed, PeerRefused, PeerUnavailable, TooLarge
from domain.facts import (
    About,
    Event,
    Fact,
    PortalCompared,
    PortalFailed,
    PortalFileFetched,
    PortalRetryAsked,
    PortalWaived,
)
from domain.ids import Digest
from domain.kinds import ReviewKind
from domain.portal import (
    PATIENT,
    PortalComparison,
    PortalProblem,
    PortalRule,
    PortalUnusable,
    WebAnswer,
)
from domain.reading import ReceivedFile
from domain.state import PortalState, ReviewState
from dondoc.app import App, PortalSite
from dondoc.services.packets import Kept, beginning, readable_size
from dondoc.services.portal_search import Search
from dondoc.services.reviews import open_review
from dondoc.services.understand import attachment_texts
from mappings.portal.choice import carried
from mappings.portal.listing import FileLink
from mappings.portal.posted_file import check_document, check_file, file_name, media_type
from schedulers.picture import Picture
from schedulers.portal import patience_ends, retry_at

log = structlog.get_logger(__name__)


def ask_portal(app: App, picture: Picture, now: datetime) -> None:
    """Ask the portal of a campaign for its file and record what came of it."""
    rule, site = picture.campaign.portal, app.portals.get(picture.campaign.id)
    if rule is None or site is None:
        raise InvariantViolation("a portal was to be asked that is not configured")
    search = Search(site=site, rule=rule, keep=app.evidence.put)
    fetched: list[Digest] = []
    try:
        link = search.file()
        file = _fetched(app, site, rule, link, fetched)
        events = _compared(picture, rule, file, link, search.pages, now)
    except (PortalUnusable, PeerUnavailable, PeerRefused) as error:
        seen = [*search.pages, *fetched]
        events = _failed(app, picture, rule, _told(error), seen[-1] if seen else None, now)
    app.ledger.append(events, recorded_at=now)


def without_portal(app: App, review: ReviewState, by: str) -> Fact:
    """Return that a person does without the portal; raises ``NotAllowed`` once it gave the file."""
    state = app.ledger.get(PortalState, (str(review.campaign),))
    if state is not None and state.done:
        raise NotAllowed("the portal is not waited for any more; use noted")
    return PortalWaived(about=review.about, by=by, reason=review.reason)


def portal_again(app: App, review: ReviewState, by: str) -> list[Fact]:
    """Return that a person goes on waiting and has the portal asked at once, if it still is."""
    state = app.ledger.get(PortalState, (str(review.campaign),))
    done = state is None or state.done
    return [] if done else [PortalRetryAsked(about=review.about, by=by)]


def _fetched(
    app: App, site: PortalSite, rule: PortalRule, link: FileLink, fetched: list[Digest]
) -> StoredFile:
    """Store a file, then look whether it can be the document; raises ``PortalUnusable``."""
    answers: list[WebAnswer] = []

    def write(into: BinaryIO) -> None:
        answers.append(site.pages.fetch(link.url, into, limit=rule.max_octets))

    try:
        stored = app.evidence.receive(write)
    except TooLarge as error:
        raise PortalUnusable(PortalProblem.TOO_LARGE, f"{link.base}: {error.reason}") from error
    fetched.append(stored.digest)
    content = Kept(app.evidence, stored.digest, stored.size)
    start = beginning(content)
    name = file_name(link, rule, start)
    text, problem = _text(app, name, stored.digest) if readable_size(stored.size) else ("", None)
    check_file(name, start, answers[-1].media_type, problem)
    check_document(name, text, rule)
    return StoredFile(
        name=name, digest=stored.digest, size=stored.size, media_type=media_type(name)
    )


def _text(app: App, name: str, digest: Digest) -> tuple[str, str | None]:
    received = ReceivedFile(
        name=name,
        media_type=media_type(name),
        digest=digest,
        content=app.evidence.content(digest),
    )
    found = attachment_texts([received])[digest]
    return found.text or "", found.problem


def _compared(
    picture: Picture,
    rule: PortalRule,
    file: StoredFile,
    link: FileLink,
    pages: Sequence[Digest],
    now: datetime,
) -> list[Event]:
    outcome, own = _comparison(picture, rule, file)
    about = About(campaign=picture.campaign.id)
    event = partial(_event, about, now)
    fetched = PortalFileFetched(about=about, file=file, url=link.url, pages=tuple(pages))
    compared = PortalCompared(about=about, outcome=outcome, carried=own)
    found = [event("fetched", fetched, pages[-1]), event("compared", compared, file.digest)]
    if outcome is PortalComparison.DIFFERS:
        reason = _difference(rule, file, link, own)
        found.append(
            open_review(
                ReviewKind.PORTAL_DIFFERS, str(about.campaign), about, reason, now,
                evidence=file.digest,
            )
        )  # fmt: skip
    log.info("portal_answered", campaign=about.campaign, outcome=outcome)
    return found


def _comparison(
    picture: Picture, rule: PortalRule, file: StoredFile
) -> tuple[PortalComparison, tuple[StoredFile, ...]]:
    """Compare by digest; equal bytes are the same file under whatever name."""
    files = picture.directive.directive.files
    same = tuple(one for one in files if one.digest == file.digest)
    if same:
        return PortalComparison.SAME, same
    own = carried(files, rule)
    return (PortalComparison.DIFFERS if own else PortalComparison.NOT_CARRIED), own


def _difference(
    rule: PortalRule, file: StoredFile, link: FileLink, own: Sequence[StoredFile]
) -> str:
    came = "; ".join(f"{one.name}, {one.size} octets, SHA-256 {one.digest}" for one in own)
    return (
        f"{rule.document} on the portal is not the file that came with the letter. On the portal "
        f"({link.url}): {file.size} octets, SHA-256 {file.digest}. With the letter: {came}. "
        "A PDF that was saved or signed again differs in its bytes though its text is the same: "
        "open both. Offices got what came with the letter; ask the issuer which one holds"
    )


def _told(error: PortalUnusable | PeerUnavailable | PeerRefused) -> PortalUnusable:
    match error:
        case PortalUnusable():
            return error
        case PeerUnavailable():
            reason = f"the portal does not answer: {error.detail}"
            return PortalUnusable(PortalProblem.UNAVAILABLE, reason)
        case PeerRefused():
            reason = f"the portal refused with {error.code}: {error.detail}"
            return PortalUnusable(PortalProblem.REFUSED, reason)


def _failed(
    app: App,
    picture: Picture,
    rule: PortalRule,
    failure: PortalUnusable,
    evidence: Digest | None,
    now: datetime,
) -> list[Event]:
    about = About(campaign=picture.campaign.id)
    attempt = (picture.portal.attempts if picture.portal else 0) + 1
    failed = PortalFailed(
        about=about,
        attempt=attempt,
        problem=failure.problem,
        reason=failure.reason,
        retry_at=retry_at(attempt, now),
    )
    log.warning("portal_failed", campaign=about.campaign, problem=failure.problem, attempt=attempt)
    event = _event(about, now, f"failed {attempt}", failed, evidence)
    return [event, *_asked(app, picture, rule, failure, evidence, now)]


def _asked(
    app: App,
    picture: Picture,
    rule: PortalRule,
    failure: PortalUnusable,
    evidence: Digest | None,
    now: datetime,
) -> list[Event]:
    """Tell a person: at once what does not end by itself, else when patience has passed.

    Whoever decided to wait is asked again when it has passed once more, if letters wait.
    """
    campaign = picture.campaign.id
    reviews = app.ledger.select(ReviewState, campaign=campaign)
    earlier = [r for r in reviews if r.kind is ReviewKind.PORTAL_MISSING]
    if any(r.open for r in earlier) or (earlier and picture.carried):
        return []
    since = max((r.resolved_at for r in earlier if r.resolved_at), default=None)
    ends = patience_ends(since or picture.directive.taken_at, rule, app.calendar)
    if now < ends and (earlier or failure.problem in PATIENT):
        return []
    reason = f"{failure.reason}; {_ways_out(picture, rule)}"
    return [
        open_review(
            ReviewKind.PORTAL_MISSING, f"{campaign} {len(earlier) + 1}",
            About(campaign=campaign), reason, now, evidence=evidence,
        )
    ]  # fmt: skip


def _ways_out(picture: Picture, rule: PortalRule) -> str:
    trying = "`dondoc portal` shows what the rules find, and it is tried again by itself"
    if picture.carried or picture.dispatches:
        gone = "The letters do not wait for it"
        return f"{trying}. {gone}: accept gives it up, noted tries again at once and goes on"
    return (
        f"{trying}. The letter came without {rule.document} and waits for it: accept sends it "
        "without, noted asks the portal again at once and goes on waiting"
    )


def _event(about: About, now: datetime, key: str, fact: Fact, evidence: Digest | None) -> Event:
    return Event(
        source="portal",
        source_key=f"{about.campaign} {key}",
        occurred_at=now,
        fact=fact,
        evidence=evidence,
    )
