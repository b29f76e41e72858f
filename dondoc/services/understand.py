"""Make sense of one message: taken apart, judged by its own words, matched to an assignment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.authentication import UNKNOWN, Authentication
from domain.errors import ConfigError
from domain.ids import Digest
from domain.reading import (
    MACHINE,
    UNSIGNED,
    Clue,
    Judgement,
    LiveRound,
    MailContent,
    Matching,
    MessageKind,
)
from domain.state import DispatchState
from dondoc.app import App
from dondoc.services.authenticate import authenticate
from dondoc.services.live import answerable, clues_of, live_rounds
from dondoc.services.lost_letters import answerable_lost, lost_letters
from dondoc.services.own_words import NOBODY, OwnWords, own_words, words_of
from mappings.mail.tokens import is_probe_mark, names_probe, reply_token, token_in
from mappings.reply.attachments import AttachmentText
from mappings.reply.classify import judge
from mappings.reply.machine import OWN_HEADER, OwnIdentity
from mappings.reply.match import match
from schedulers.calendar import local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Everything that was made of one message. ``clues`` are the dispatches it points at."""

    content: MailContent
    texts: Mapping[Digest, AttachmentText]
    judgement: Judgement
    clues: tuple[Clue, ...]
    matching: Matching
    authentication: Authentication = UNKNOWN
    lost: tuple[Clue, ...] = ()
    """Letters of ours that it proves and the ledger does not know."""

    @property
    def machine(self) -> bool:
        """Tell whether no person wrote it."""
        return self.judgement.kind in MACHINE


def understand(app: App, raw: bytes, at: datetime, *, prove: bool = True) -> Understanding:
    """Read one whole RFC 5322 message as of an instant; raises ``MalformedDocument``.

    Without ``prove`` nobody asks who sent it: a person has decided that.
    """
    words = own_words(raw, app.phrases)
    return understand_words(app, words, live_rounds(app), at, prove=prove)


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
    words = words_of(content, app.phrases, raw=raw)
    return understand_words(app, words, rounds, at, prove=bool(raw), rivals=rivals)


def understand_words(
    app: App,
    words: OwnWords,
    rounds: Sequence[LiveRound],
    at: datetime,
    *,
    prove: bool = True,
    proved: Authentication | None = None,
    rivals: bool = False,
) -> Understanding:
    """Match a message that was read by its own words with the rounds given.

    ``proved`` is what was found out about its sender before; without it that is found out now.
    """
    content, texts = words.content, words.texts
    clues = clues_of(app, content)
    lost = lost_letters(app, content, clues, at)
    own = _own(app, content, lost)
    judgement = judge(content, texts, app.phrases, own) if own.addresses else words.judgement
    machine = judgement.kind in MACHINE
    from_machine = machine and judgement.kind is not MessageKind.ADDRESS_CHANGE
    usable = clues if from_machine else [*answerable(app, clues), *answerable_lost(lost)]
    if judgement.kind in UNSIGNED or not prove:
        proved = UNKNOWN
    elif proved is None:
        proved = authenticate(app, words.proving, content, at, asked=bool(clues))
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
        lost=lost,
    )


def _own(app: App, content: MailContent, lost: Sequence[Clue]) -> OwnIdentity:
    """Return how our own mail is known, with the marks of a letter of ours that this one bears.

    One that is not in the ledger but may be ``lost`` bears them too.
    """
    addresses = tuple(address for inbox in app.inboxes for address in inbox.addresses)
    if content.sender not in addresses:
        passed_on = (file.letter.sender for file in content.attachments if file.letter)
        ours = any(sender in addresses for sender in passed_on)
        return OwnIdentity(addresses=addresses) if ours else NOBODY
    tokens = (value.strip().lower() for name, value in content.headers if name == OWN_HEADER)
    named = [("message_id", content.message_id), *(("token", token) for token in tokens)]
    marks = [mark for column, mark in named if app.ledger.select(DispatchState, **{column: mark})]
    tokens_lost = {reply_token(app.token_key(), one.dispatch) for one in lost}
    marks += [mark for _, mark in named if (token_in(mark) or mark) in tokens_lost]
    marks += [mark for _, mark in named if names_probe(mark) and _is_our_probe(app, mark)]
    return OwnIdentity(addresses=addresses, marks=frozenset(marks))


def _is_our_probe(app: App, mark: str) -> bool:
    try:
        return is_probe_mark(app.token_key(), mark)
    except ConfigError:
        # Whoever only looks at a message may not have the key; the mail counts as automatic then.
        return False
