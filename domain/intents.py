"""What is to be done now: a pure decision, printed by a dry run or carried out by the loop."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.campaign import Channel, Expected
from domain.facts import About
from domain.ids import AnswerId, DispatchId, OfficeId, ReviewId
from domain.kinds import DispatchKind, ReviewKind
from domain.office import Passing
from domain.state import SENT_AGAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """Open a later round of a yearly duty."""

    about: About
    due_on: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRecipient:
    """Have an office take part in a round that is open; ``due_at`` None is that nothing is due."""

    about: About
    expected: Expected
    due_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRecipient:
    """Take an office out of a round."""

    about: About
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecipient:
    """Put an office back into a round that it was taken out of."""

    about: About
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDuty:
    """Have the successor of an office that has ended answer for it in an open round.

    ``expected`` and ``due_at`` are what the office owes, ``to`` its successor.
    """

    about: About
    to: OfficeId
    passed: tuple[Passing, ...]
    expected: Expected
    due_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseReview:
    """Record that nothing is left to decide in a review."""

    about: About
    review: ReviewId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDispatch:
    """Commit the intent to send something to one office over one channel."""

    about: About
    kind: DispatchKind
    occurrence: int
    channel: Channel
    target: str
    why: str
    recalls: DispatchId | None = None
    """The sending that it takes back."""
    passed: tuple[Passing, ...] = ()
    """How it came to this office from one that has ended."""
    marked: bool = False
    """Whether an earlier sending may have arrived, which a mail then says."""

    @property
    def version(self) -> int:
        """Return what its occurrence counts, as ``DispatchState.version`` does."""
        return self.occurrence % SENT_AGAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDispatch:
    """Drop a dispatch that became needless before it was sent."""

    about: About
    dispatch: DispatchId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmit:
    """Hand a planned or put-off dispatch to its server."""

    about: About
    dispatch: DispatchId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Look for evidence of a sending whose outcome is not known; without any, repeat it if told."""

    about: About
    dispatch: DispatchId
    why: str
    repeat: bool = True
    tell: bool = False
    """Whether a person is asked where nothing is found and nothing is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPerson:
    """Open a review, once for each kind and subject, of what only a person can mend."""

    about: About
    kind: ReviewKind
    why: str
    of: str = ""
    """What it is about, where the same office or round may be asked about several things."""
    candidates: tuple[OfficeId, ...] = ()
    """The offices that it is about, where they are several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDeadline:
    """Record that an assignment's deadline went by."""

    about: About
    due_at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyRound:
    """Record that a round can be compiled."""

    about: About
    settled: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compile:
    """Make the next version of a round's result."""

    about: About
    version: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishForwarding:
    """Record that an approved version was handed to the Department."""

    about: About
    version: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAnswer:
    """Hand a status message about a document that came to the exchange; of no campaign's rules."""

    about: About
    answer: AnswerId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPortal:
    """Look for the file that the directive says is posted on a portal."""

    about: About
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLetters:
    """Say that letters wait; there is nothing to carry out."""

    about: About
    why: str


Intent = (
    OpenRound
    | AddRecipient
    | RemoveRecipient
    | RestoreRecipient
    | PassDuty
    | CloseReview
    | PlanDispatch
    | CancelDispatch
    | Transmit
    | Probe
    | AskPerson
    | PassDeadline
    | ReadyRound
    | Compile
    | FinishForwarding
    | AskPortal
    | HoldLetters
)
