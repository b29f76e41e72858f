"""Messages read before the block that records them, where nobody may wait for a parser or the DNS.

What takes long is done here: taking a message apart, opening and reading its files, judging it, and
asking for the keys of its signatures. What is left for the block is what the ledger must be asked.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.authentication import Authentication
from domain.errors import Conflict, MalformedDocument, StoreFailed, TooLarge
from domain.ids import RawId
from domain.reading import UNSIGNED, MailContent
from domain.state import RawState
from dondoc.app import App
from dondoc.services.authenticate import authenticate
from dondoc.services.live import clues_of
from dondoc.services.own_words import OwnWords, own_words

TOGETHER = 200
"""Messages that are recorded in one commit; other commands wait for it, so it takes no second."""

_OCTETS = 32 * 1024 * 1024
"""Octets of messages and their files that are held until they are recorded."""

_MEGABYTE = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One message as it reads by itself; ``proved`` is None where nobody has asked who sent it."""

    words: OwnWords
    proved: Authentication | None = None

    @property
    def octets(self) -> int:
        """Return how much of it is held in memory."""
        return self.words.size + sum(file.content.size for file in self.words.content.attachments)


def prepare(app: App, raw: RawState, now: datetime) -> Prepared:
    """Read one message as far as it says something by itself.

    Raises ``MalformedDocument`` when it cannot be read and ``TooLarge`` when only its header was
    fetched.
    """
    words = _read_apart(app, raw)
    if words is None:
        content = app.evidence.get(raw.digest)
        _refuse_header(app, raw, len(content))
        words = own_words(content, app.phrases)
    _refuse_header(app, raw, words.size)
    if not words.proving or words.judgement.kind in UNSIGNED:
        return Prepared(words=words)
    asked = bool(clues_of(app, words.content))
    return Prepared(
        words=words, proved=authenticate(app, words.proving, words.content, now, asked=asked)
    )


def prepare_some(
    app: App, waiting: deque[RawState], now: datetime
) -> tuple[list[RawState], Mapping[RawId, Prepared | Exception]]:
    """Take as many messages from the front as are recorded together, and read them.

    What reading one raised stands in its place, to be told where it is recorded.
    """
    raws: list[RawState] = []
    found: dict[RawId, Prepared | Exception] = {}
    octets = 0
    while waiting and len(raws) < TOGETHER and octets < _OCTETS:
        raw = waiting.popleft()
        raws.append(raw)
        try:
            read = found[raw.raw] = prepare(app, raw, now)
            octets += read.octets
        except (StoreFailed, Conflict):
            raise
        except Exception as error:  # noqa: BLE001 - raised again, and told, by whoever records it
            found[raw.raw] = error
    return raws, found


def _read_apart(app: App, raw: RawState) -> OwnWords | None:
    try:
        return app.ahead.take(raw.digest) if app.ahead else None
    except MalformedDocument:
        _refuse_header(app, raw, app.evidence.content(raw.digest).size)
        raise


def contents_of(prepared: Mapping[RawId, Prepared | Exception]) -> list[MailContent]:
    """Return the messages that could be read."""
    return [one.words.content for one in prepared.values() if isinstance(one, Prepared)]


def _refuse_header(app: App, raw: RawState, octets: int) -> None:
    if octets < raw.size:
        raise TooLarge("the message", f"only its header was fetched: {_withheld(app, raw)}")


def _withheld(app: App, raw: RawState) -> str:
    """Say how large a message is, whose limit it is over, and what to do."""
    size = f"it has {raw.size} octets ({raw.size / _MEGABYTE:.1f} MB)"
    inbox = app.inbox(raw.account)
    if inbox is None or inbox.max_octets is None:
        return f"{size}, more than the mailbox's limit, or the mail server did not give it"
    if raw.size <= inbox.max_octets:
        return (
            f"{size}, not over {inbox.limit} as it is now, so the mail server did not give it or "
            "the limit was raised meanwhile; have the server mended if need be, then release it"
        )
    return (
        f"{size}, more than {inbox.limit}; raise its `max_megabytes`, restart and release it "
        "(`dondoc quarantine release`), or look at it in the mailbox and count it by hand"
    )
