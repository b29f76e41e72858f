"""What another set of configuration changes in letters and in reading, whatever the campaign."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from domain.errors import ConfigError
from domain.ids import CampaignId, OfficeId, RoundId
from domain.state import DispatchState
from dondoc.app import App
from dondoc.services.rule_words import plain, said
from dondoc.settings.mailboxes import Box, boxes_of
from dondoc.settings.records import Settings
from mappings.reply.phrase_lists import default_phrases
from mappings.reply.phrases import Phrases


class Subject(StrEnum):
    """What a difference is about."""

    RESTART = "restart"
    ACCOUNTS = "accounts"
    CALENDAR = "calendar"
    MAILBOX = "mailbox"
    TOKEN_KEY = "token_key"
    UNIT = "unit"
    PLACE = "place"
    TEMPLATE = "template"
    PHRASES = "phrases"
    SCHEDULE = "schedule"
    CAMPAIGN = "campaign"
    RULE = "rule"
    ADDED = "added"
    REMOVED = "removed"
    PASSED = "passed"
    RESTORED = "restored"
    ASKED = "asked"
    EXPECTED = "expected"
    ADDRESS = "address"
    LETTER = "letter"
    DUE = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that changes, from what to what, and what follows from it."""

    subject: Subject
    campaign: CampaignId | None = None
    round: RoundId | None = None
    office: OfficeId | None = None
    name: str = ""
    before: str = ""
    after: str = ""
    follows: str


_WRITTEN = "letters that are written from then on; what is written already keeps its words"
_OURS, _OWN = "Dondoc's", "of the office"

_FORGOTTEN = (
    "careful: letters are out whose answers are not known by the code in their subject any more, "
    "only by their thread and sender; keep the key until the last answer is there"
)
_UNREAD = (
    "careful: letters are out whose answers may arrive in the mailbox of before, which is read no "
    "more: keep it among mailboxes, under another name, until the last answer is there"
)
_OLD_ADDRESS = (
    "careful: letters are out that name the address of before for answers: see that its mail still "
    "arrives in this mailbox until the last answer is there"
)
_UNREADABLE = "; whether it is another key could not be seen: read the secrets as the service does"
_NEW_KEY = "letters that are written from then on bear codes of the new key"


def letter_differences(old: Settings, new: Settings, app: App) -> Iterator[Difference]:
    """Yield what changes in what is written, in how answers are judged, and in how long to wait."""
    out = any(row.attempts for row in app.ledger.select(DispatchState))
    yield from _mailboxes(old, new, out=out)
    yield from _token_key(old, new, out=out)
    for subject, was, becomes in (
        (Subject.UNIT, old.unit, new.unit),
        (Subject.PLACE, old.place, new.place),
    ):
        if was != becomes:
            before, after = said(was, becomes), said(becomes, was)
            yield Difference(subject=subject, before=before, after=after, follows=_WRITTEN)
    yield from _templates(old.templates, new.templates)
    yield from _phrases(old.phrases or default_phrases(), new.phrases or default_phrases())
    for name in ("retry_minutes", "probe_minutes"):
        was, becomes = getattr(old.schedule, name), getattr(new.schedule, name)
        if was != becomes:
            yield Difference(
                subject=Subject.SCHEDULE,
                name=name,
                before=plain(was),
                after=plain(becomes),
                follows="what waits or is looked for from then on does so for as long",
            )


def _mailboxes(old: Settings, new: Settings, *, out: bool) -> Iterator[Difference]:
    """Tell of each mailbox that is another one now, or is read no more."""
    becomes = boxes_of(new)
    for name, was in boxes_of(old).items():
        now = becomes.get(name)
        if now is None or now.account != was.account:
            follows = _UNREAD if out else "it is read no more"
            before, after = _said_box(was), _said_box(now) if now else ""
        elif now.address != was.address:
            follows = _OLD_ADDRESS if out else "answers are sent to this address"
            before, after = was.address, now.address
        else:
            continue
        yield Difference(
            subject=Subject.MAILBOX, name=name, before=before, after=after, follows=follows
        )


def _said_box(box: Box) -> str:
    return f"{box.address}, {box.username} at {box.server}"


def _token_key(old: Settings, new: Settings, *, out: bool) -> Iterator[Difference]:
    """Tell of another key, and of one that cannot be compared: the reference says nothing of it."""
    if old.token_key == new.token_key:
        return
    was, becomes = _revealed(old.token_key.key), _revealed(new.token_key.key)
    if was is not None and was == becomes:
        return
    unseen = _UNREADABLE if was is None or becomes is None else ""
    follows = (_FORGOTTEN if out else _NEW_KEY) + unseen
    yield Difference(subject=Subject.TOKEN_KEY, follows=follows)


def _revealed(key: Callable[[], bytes]) -> bytes | None:
    try:
        return key()
    except ConfigError:
        return None


def _templates(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Difference(
                subject=Subject.TEMPLATE,
                name=name,
                before=_OWN if name in old else _OURS,
                after=f"{_OWN}, changed" if name in old and name in new else _of(name, new),
                follows=_WRITTEN,
            )


def _of(name: str, own: Mapping[str, str]) -> str:
    return _OWN if name in own else _OURS


def _phrases(old: Phrases, new: Phrases) -> Iterator[Difference]:
    lists = [f.name for f in fields(Phrases) if getattr(old, f.name) != getattr(new, f.name)]
    if lists:
        yield Difference(
            subject=Subject.PHRASES,
            name=", ".join(lists),
            follows="what is read from then on is judged by them; what was judged stays as it is",
        )
