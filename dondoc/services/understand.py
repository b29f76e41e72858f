"""Make sense of one message: taken apart, judged by its own words, matched to an assignment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.authentication import UNKNOWN, Authentication
from domain.errors import ConfigError, MalformedDocument
from domain.ids import Digest
from domain.reading import (
    MACHINE,
    Clue,
    Judgement,
    LiveRound,
    MailContent,
    Matching,
    MessageKind,
    ReceivedFile,
)
from domain.state import DispatchState
from dondoc.app import App
from dondoc.services.authenticate import authenticate
from dondoc.services.live import answerable, clues_of, live_rounds
from mappings.archives.open import open_archives
from mappings.mail.take_apart import take_apart
from mappings.mail.tokens import is_probe_mark, names_probe
from mappings.reply.attachments import AttachmentText
from mappings.reply.classify import judge
from mappings.reply.machine import OWN_HEADER, OwnIdentity
from mappings.reply.match import match
from mappings.text.extract import DEFAULT, text_of
from schedulers.calendar import local_day

_FILES_READ = 100
"""Attached files of one message whose text is read, more than any office sends."""

_UNREAD = AttachmentText(problem=f"only the first {_FILES_READ} files of a message are read")

NOBODY = OwnIdentity(addresses=())
"""What did not come from one of our own addresses is no mail of our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Everything that was made of one message. ``clues`` are the dispatches it points at."""

    content: MailContent
    texts: Mapping[Digest, AttachmentText]
    judgement: Judgement
    clues: tuple[Clue, ...]
    matching: Matching
    authentication: Authentication = UNKNOWN

    @property
    def machine(self) -> bool:
        """Tell whether no person wrote it."""
        return self.judgement.kind in MACHINE


def understand(app: App, raw: bytes, at: datetime, *, prove: bool = True) -> Understanding:
    """Read one whole RFC 5322 message as of an instant; raises ``MalformedDocument``.

    Without ``prove`` nobody asks who sent it: a person has decided that.
    """
    asked = raw if prove else b""
    return understand_content(app, take_apart(raw), live_rounds(app), at, raw=asked)


def understand_content(
    app: App,
    content: MailContent,
    rounds: Sequence[LiveRound],
    at: datetime,
    *,
    raw: bytes = b"",
    rivals: bool = False,
) -> Understanding:
    """Judge a message that was taken apart, and match it with the rounds given.

    Who sent it is asked of the ``raw`` message, and not asked without it. ``rivals`` asks for
    candidates beside a certain match, too.
    """
    content = with_archives(content)
    texts = attachment_texts(content.attachments)
    judgement = judge(content, texts, app.phrases, _own(app, content))
    clues = clues_of(app, content)
    from_machine = judgement.kind in MACHINE and judgement.kind is not MessageKind.ADDRESS_CHANGE
    usable = clues if from_machine else answerable(app, clues)
    machine = judgement.kind in MACHINE
    proved = UNKNOWN if machine else authenticate(app, raw, content, at, asked=bool(clues))
    matching = match(
        content,
        judgement,
        usable,
        rounds,
        app.directory,
        local_day(at),
        texts=texts,
        rivals=rivals,
        authentication=proved,
    )
    return Understanding(
        content=content,
        texts=texts,
        judgement=judgement,
        clues=tuple(clues),
        matching=matching,
        authentication=proved,
    )


def with_archives(content: MailContent) -> MailContent:
    """Return a message with the files of its archives beside them; notes become warnings."""
    files, notes = open_archives(content.attachments)
    return replace(content, attachments=files, warnings=(*content.warnings, *notes))


def _own(app: App, content: MailContent) -> OwnIdentity:
    """Return how our own mail is known, with the marks of a letter of ours that this one bears."""
    addresses = tuple(address for inbox in app.inboxes for address in inbox.addresses)
    if content.sender not in addresses:
        return NOBODY
    tokens = (value.strip().lower() for name, value in content.headers if name == OWN_HEADER)
    named = [("message_id", content.message_id), *(("token", token) for token in tokens)]
    marks = [mark for column, mark in named if app.ledger.select(DispatchState, **{column: mark})]
    marks += [mark for _, mark in named if names_probe(mark) and _is_our_probe(app, mark)]
    return OwnIdentity(addresses=addresses, marks=frozenset(marks))


def _is_our_probe(app: App, mark: str) -> bool:
    try:
        return is_probe_mark(app.token_key(), mark)
    except ConfigError:
        # Whoever only looks at a message may not have the key; the mail counts as automatic then.
        return False


def attachment_texts(files: Sequence[ReceivedFile]) -> dict[Digest, AttachmentText]:
    """Return the text of each attachment, or why it has none, by the digest of its bytes.

    The characters of all together are bounded as those of one file are; of the bytes no more is in
    memory than reading one file takes.
    """
    found: dict[Digest, AttachmentText] = {}
    room = DEFAULT.characters
    for number, file in enumerate(files, start=1):
        if file.wrapper or file.problem:
            # What it held follows it, or there is nothing to read.
            found.setdefault(file.digest, AttachmentText())
            continue
        read = _text_of(file, room) if number <= _FILES_READ else _UNREAD
        room -= len(read.text or "")
        found[file.digest] = read
    return found


def _text_of(file: ReceivedFile, room: int) -> AttachmentText:
    try:
        return AttachmentText(text=text_of(file.content, replace(DEFAULT, characters=room)))
    except MalformedDocument as error:
        return AttachmentText(problem=error.reason)
