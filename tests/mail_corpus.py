"""The corpus of mail in ``tests/data/mail``: each message, and beside it how it must be read.

``GROUP/NAME.eml`` is the message as it came, ``GROUP/NAME.yaml`` its expected reading: ``about``
says what real shape it is, ``events`` what it reports, and every other key is one of the object
that ``dondoc read message`` prints; of it only what is written there is compared, and of the
reasons the rules alone. ``proposed`` are the new addresses that it names. ``status`` and ``review``
say what Dondoc's turn makes of it: where the directive to Yên Sơn stands afterwards, and what waits
for a person. A message that cannot be read has ``error``, a pattern of what is raised, and no kind.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connector.store.memory import MemoryEvidence, MemoryLedger
from domain.campaign import Channel, Expected
from domain.directive import Directive
from domain.facts import (
    About,
    AssignmentMade,
    DirectiveTaken,
    DispatchAccepted,
    DispatchAttempted,
    DispatchPlanned,
    Event,
    Fact,
    RoundOpened,
)
from domain.ids import Address, CampaignId, Digest, DispatchId, OfficeId, RoundId
from domain.kinds import DispatchKind
from domain.recipients import expand
from dondoc.app import App
from dondoc.bootstrap import SystemClock, open_app
from dondoc.settings.load import load_settings
from mappings.mail.tokens import message_id, reply_address, subject_token
from tests.checkout import ROOT

MAIL = ROOT / "tests" / "data" / "mail"
MACHINES = ("auto", "bounce", "challenge", "dsn", "mdn", "moved")
"""Groups of messages that no person wrote."""

MAILBOX = Address("nq47@huulung.example")
CAMPAIGN, ROUND = CampaignId("nq47"), RoundId("2024")

_SENT = datetime(2024, 5, 8, 3, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """One message of the corpus. ``expected`` holds what its YAML says, keys as documented."""

    path: Path
    expected: dict[str, Any]  # whatever the YAML holds

    @property
    def name(self) -> str:
        """Return the sample as people name it, such as ``dsn/postfix-failed``."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def raw(self) -> bytes:
        """Return the message as it came."""
        return self.path.read_bytes()


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter that Dondoc sent before the messages of the corpus came."""

    office: OfficeId
    kind: DispatchKind
    to: Address
    token: str

    @property
    def dispatch(self) -> DispatchId:
        """Return the name of the sending."""
        return DispatchId(f"{CAMPAIGN}/{ROUND}/{self.office}/{self.kind}/1/email")


def samples(*groups: str) -> list[Sample]:
    """Return the messages of some groups, or all, in the order of their names."""
    return [
        Sample(path, _yaml(path.with_suffix(".yaml")))
        for path in sorted(MAIL.glob("*/*.eml"))
        if not groups or path.parent.name in groups
    ]


def letters() -> list[SentLetter]:
    """Return the letters that the messages are about."""
    return [
        SentLetter(
            OfficeId(row["office"]), DispatchKind(row["kind"]), Address(row["to"]), row["token"]
        )
        for row in _cast()["letters"]
    ]


def now() -> datetime:
    """Return the instant at which the messages are read."""
    given: datetime = _cast()["at"]
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def district() -> App:
    """Return the application of the example configuration, in memory, after the letters went."""
    settings = load_settings(ROOT / "config" / "dondoc.yaml")
    with open_app(settings, SystemClock(), read_only=True, may_lack_store=True) as opened:
        app = replace(opened, ledger=MemoryLedger(), evidence=MemoryEvidence())
    app.ledger.append(list(_history(app)), recorded_at=_SENT)
    return app


def difference(expected: object, found: object, place: str = "") -> list[str]:
    """Say where ``found`` is not what was expected; keys that are not expected do not matter."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for key, value in expected.items()
            for line in difference(value, found.get(key, "nothing"), f"{place}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            line
            for index, (one, other) in enumerate(zip(expected, found, strict=True))
            for line in difference(one, other, f"{place}[{index}]")
        ]
    if isinstance(expected, str) and isinstance(found, str):
        expected, found = expected.strip(), found.strip()
    return [] if expected == found else [f"{place}: {found!r} instead of {expected!r}"]


@cache
def _cast() -> dict[str, Any]:
    return _yaml(MAIL / "letters.yaml")


def _yaml(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    return data


def _history(app: App) -> list[Event]:
    day = date(2024, 5, 8)
    directive = Directive(
        number="512",
        notation="UBND-VH",
        issued_on=day,
        issuer="UBND huyện Hữu Lũng",
        issuer_organ=None,
        subject="V/v triển khai thực hiện Nghị quyết số 47/NQ-CP",
        type_name="Công văn",
        document_id="",
    )
    due = datetime(2024, 11, 8, 10, tzinfo=UTC)
    opened = RoundOpened(about=_about(), due_on=date(2024, 11, 10), due_at=due, compile_at=due)
    facts: list[Fact] = [
        DirectiveTaken(about=About(campaign=CAMPAIGN), directive=directive),
        opened,
    ]
    for recipient in expand(app.campaigns[CAMPAIGN], app.directory, day):
        about = _about(recipient.office.id)
        facts.append(AssignmentMade(about=about, expected=Expected.REPORT, due_at=due))
    for letter in letters():
        facts += _sent(letter)
    return [
        Event(source="corpus", source_key=str(number), occurred_at=_SENT, fact=fact)
        for number, fact in enumerate(facts)
    ]


def _about(office: OfficeId | None = None) -> About:
    return About(campaign=CAMPAIGN, round=ROUND, office=office)


def _sent(letter: SentLetter) -> list[Fact]:
    about = _about(letter.office)
    planned = DispatchPlanned(
        dispatch=letter.dispatch,
        about=about,
        kind=letter.kind,
        occurrence=1,
        channel=Channel.EMAIL,
        target=letter.to,
        content=Digest("0" * 64),
        token=letter.token,
        subject_token=subject_token(letter.token),
        subject="512/UBND-VH: V/v triển khai thực hiện Nghị quyết số 47/NQ-CP",
        message_id=message_id(letter.token, "huulung.example"),
        reply_to=reply_address(MAILBOX, letter.token, plus=True),
    )
    tried = DispatchAttempted(dispatch=letter.dispatch, about=about, attempt=1)
    taken = DispatchAccepted(dispatch=letter.dispatch, about=about, answer="250 queued")
    return [planned, tried, taken]
