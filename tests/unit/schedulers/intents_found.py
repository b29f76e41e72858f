"""Instants of the round of 2024, and picking intents out of what is due."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from domain.campaign import (
    Channel,
)
from domain.ids import OfficeId
from domain.intents import (
    AskPerson,
    Intent,
    PlanDispatch,
)
from domain.kinds import DispatchKind, ReviewKind
from tests.unit.domain.round_story import first_letter
from tests.unit.domain.small_district import (
    YEN_SON,
)

T = TypeVar("T", bound=Intent)
DUE = datetime(2024, 11, 10, 16, 59, 59, tzinfo=UTC)
FIRST_REMINDER = datetime(2024, 10, 25, 1, tzinfo=UTC)
SECOND_REMINDER = datetime(2024, 11, 5, 1, tzinfo=UTC)
AFTER_DEADLINE = datetime(2024, 11, 11, 1, tzinfo=UTC)
COMPILE_AT = datetime(2024, 11, 15, 1, tzinfo=UTC)
MAIL = first_letter(YEN_SON)
PACKET = first_letter(YEN_SON, Channel.EXCHANGE)


def offices(found: Sequence[PlanDispatch]) -> set[OfficeId | None]:
    return {intent.about.office for intent in found}


def of(kind: type[T], found: Sequence[Intent]) -> list[T]:
    return [intent for intent in found if isinstance(intent, kind)]


def asked(kind: ReviewKind, found: Sequence[Intent]) -> list[AskPerson]:
    return [i for i in of(AskPerson, found) if i.kind is kind]


def reminders(found: Sequence[Intent]) -> list[PlanDispatch]:
    return [i for i in of(PlanDispatch, found) if i.kind is DispatchKind.REMINDER]


def reminder(office: OfficeId, day: str, channel: Channel = Channel.EMAIL) -> str:
    return f"nq47/2024/{office}/reminder/{day}/{channel}"
