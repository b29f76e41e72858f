"""The file that a directive says is posted on a portal: fetched, kept, compared, or told missing.

Pages and file are stored before they are read. What keeps the portal from giving the file is a
fact with the time of the next try; a person is told once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

import structlog

from domain.directive import StoredFile
from domain.errors import InvariantViolation, NotAllowed, PeerRefused, PeerUnavailable, TooLarge
from domain.facts import (
    Event,
    Fact,
    PortalAsked,
    PortalCompared,
    PortalFileFetched,
    PortalRetryAsked,
    PortalWaived,
)
from domain.ids import Digest
from domain.kinds import ReviewKind
from domain.portal import (
    PortalComparison,
    PortalProblem,
    PortalRule,
    PortalUnusable,
    WebAnswer,
)
from domain.reading import ReceivedFile
from domain.state import DirectiveState, PortalState, ReviewState
from dondoc.app import App
from dondoc.services.own_words import attachment_texts
from dondoc.services.packets import Kept, beginning, readable_size
from dondoc.services.portal_inquiry import Inquiry
from dondoc.services.portal_search import Search
from dondoc.services.portal_told import closed, failed
from dondoc.services.reviews import open_review
from mappings.portal.choice import carried
from mappings.portal.listing import FileLink
from mappings.portal.posted_file import check_document, check_file, file_name, media_type
from schedulers.picture import Picture
from schedulers.portal import retry_at

log = structlog.get_logger(__name__)


def ask_portal(app: App, picture: Picture, now: datetime) -> None:
    """Ask the portal of a campaign for its file and record what came of it.

    A file that it gave for an earlier version of the directive is compared without asking again.
    """
    rule, site = picture.campaign.portal, app.portals.get(picture.campaign.id)
    if rule is None or site is None:
        raise InvariantViolation("a portal was to be asked that is not configured")
    inquiry = Inquiry(picture=picture, rule=rule, now=now)
    if picture.portal is not None and picture.portal.file is not None:
        events = _compared(inquiry, picture.portal.file, picture.portal.url)
    else:
        asked = PortalAsked(
            about=inquiry.about,
            attempt=inquiry.attempt,
            retry_at=retry_at(inquiry.attempt, now),
            version=inquiry.version,
        )
        # Before asking: what ends Dondoc, or a bug of ours, must not ask it again at once.
        app.ledger.append([inquiry.event(f"asked {inquiry.attempt}", asked)], recorded_at=now)
        events = _searched(app, inquiry, Search(site=site, rule=rule, keep=app.evidence.put))
    app.ledger.append([*events, *closed(app, inquiry, events)], recorded_at=now)


def _searched(app: App, inquiry: Inquiry, search: Search) -> list[Event]:
    fetched: list[Digest] = []
    try:
        link = search.file()
        file = _fetched(app, search, inquiry.rule, link, fetched)
    except (PortalUnusable, PeerUnavailable, PeerRefused) as error:
        seen = [*search.pages, *fetched]
        return failed(app, inquiry, _told(error), seen[-1] if seen else None)
    fact = PortalFileFetched(
        about=inquiry.about,
        file=file,
        url=link.url,
        pages=tuple(search.pages),
        version=inquiry.version,
    )
    return [inquiry.event("fetched", fact, search.pages[-1]), *_compared(inquiry, file, link.url)]


def without_portal(app: App, review: ReviewState, by: str) -> Fact:
    """Return that a person does without the portal; raises ``NotAllowed`` once it gave the file."""
    state, version = _asked_of(app, review)
    if state is not None and state.done:
        raise NotAllowed("the portal is not waited for any more; use noted")
    return PortalWaived(about=review.about, by=by, reason=review.reason, version=version)


def portal_again(app: App, review: ReviewState, by: str) -> list[Fact]:
    """Return that a person goes on waiting and has the portal asked at once, if it still is."""
    state, version = _asked_of(app, review)
    done = state is None or state.done
    return [] if done else [PortalRetryAsked(about=review.about, by=by, version=version)]


def _asked_of(app: App, review: ReviewState) -> tuple[PortalState | None, int]:
    """Return what is known of a portal for the directive in force, and the version of that."""
    name = str(review.campaign)
    directive = app.ledger.get(DirectiveState, (name,))
    state = app.ledger.get(PortalState, (name,))
    version = directive.version if directive else 1
    return (state.for_version(version) if state else None), version


def _fetched(
    app: App, search: Search, rule: PortalRule, link: FileLink, fetched: list[Digest]
) -> StoredFile:
    """Store a file, then look whether it can be the document; raises ``PortalUnusable``."""
    answers: list[WebAnswer] = []

    def write(into: BinaryIO) -> None:
        answers.append(search.visit.fetch(link.url, into, limit=rule.max_octets))

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


def _compared(inquiry: Inquiry, file: StoredFile, url: str) -> list[Event]:
    outcome, own = _comparison(inquiry, file)
    compared = PortalCompared(
        about=inquiry.about, outcome=outcome, carried=own, version=inquiry.version
    )
    found = [inquiry.event("compared", compared, file.digest)]
    if outcome is PortalComparison.DIFFERS:
        reason = _difference(inquiry.rule, file, url, own)
        found.append(
            open_review(
                ReviewKind.PORTAL_DIFFERS, inquiry.cause, inquiry.about, reason, inquiry.now,
                evidence=file.digest,
            )
        )  # fmt: skip
    log.info("portal_answered", campaign=inquiry.campaign, outcome=outcome)
    return found


def _comparison(
    inquiry: Inquiry, file: StoredFile
) -> tuple[PortalComparison, tuple[StoredFile, ...]]:
    """Compare by digest; equal bytes are the same file under whatever name.

    Other bytes under the posted file's own name differ, whatever the rule says of the name: two
    files of one name cannot go together.
    """
    files = inquiry.picture.directive.directive.files
    same = tuple(one for one in files if one.digest == file.digest)
    if same:
        return PortalComparison.SAME, same
    named = tuple(one for one in files if one.name.casefold() == file.name.casefold())
    own = carried(files, inquiry.rule) or named
    return (PortalComparison.DIFFERS if own else PortalComparison.NOT_CARRIED), own


def _difference(rule: PortalRule, file: StoredFile, url: str, own: Sequence[StoredFile]) -> str:
    came = "; ".join(f"{one.name}, {one.size} octets, SHA-256 {one.digest}" for one in own)
    return (
        f"{rule.document} on the portal is not the file that came with the letter. On the portal "
        f"({url}): {file.size} octets, SHA-256 {file.digest}. With the letter: {came}. "
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
