"""From one event to the rows that it changes: the only way in which state comes about.

``project`` reads the rows that an event touches and returns the rows to put in their place, so
the cost of an event does not grow with the campaign. Replay runs the same function.
"""

from collections.abc import Sequence
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.ports import StateView
from domain.projection.agencies import agencies_row
from domain.projection.answer import answer_row
from domain.projection.assignment import decided, made, reply_rows
from domain.projection.configuration import configuration_row
from domain.projection.directive import replaced, taken
from domain.projection.dispatch import dispatch_rows, followed, planned
from domain.projection.portal import portal_row
from domain.projection.raw import raw_rows
from domain.projection.recall import recall_row, revocation_rows
from domain.projection.restoration import restored
from domain.projection.review import review_row
from domain.projection.round import opened, round_rows
from domain.state import State


def project(view: StateView, recorded: Recorded) -> Sequence[State]:
    """Return the rows that replace those of the same key after ``recorded``.

    Raises ``IllegalTransition`` when a state machine has no such row and ``InvariantViolation``
    when the event names something that was never recorded.
    """
    fact = recorded.event.fact
    match fact:
        case (
            facts.RawArrived()
            | facts.RawRead()
            | facts.RawQuarantined()
            | facts.RawReleased()
            | facts.MailboxRead()
        ):
            return raw_rows(view, recorded, fact)
        case facts.StoreReconciled():
            # It is asked for by its key.
            return []
        case facts.DispatchPlanned():
            return [planned(recorded, fact)]
        case facts.DispatchFollowed():
            return followed(view, recorded, fact)
        case (
            facts.DispatchAttempted()
            | facts.DispatchAccepted()
            | facts.DispatchDeferred()
            | facts.DispatchLost()
            | facts.DispatchRefused()
            | facts.DispatchCancelled()
            | facts.ReceiptRecorded()
        ):
            return dispatch_rows(view, recorded, fact)
        case (
            facts.AnswerPlanned()
            | facts.AnswerSent()
            | facts.AnswerDeferred()
            | facts.AnswerRefused()
        ):
            return [answer_row(view, recorded, fact)]
        case facts.ReviewOpened() | facts.ReviewResolved():
            return [review_row(view, recorded, fact)]
        case (
            facts.StoreRestored()
            | facts.AgenciesTaken()
            | facts.AgenciesConfirmed()
            | facts.ConfigurationAdopted()
            | facts.ConfigurationRefused()
        ):
            return [_of_all(view, recorded, fact)]
        case (
            facts.PortalAsked()
            | facts.PortalFailed()
            | facts.PortalFileFetched()
            | facts.PortalCompared()
            | facts.PortalRetryAsked()
            | facts.PortalWaived()
        ):
            return [portal_row(view, recorded, fact)]
        case _:
            return _campaign(view, recorded, fact)


_OfAll = (
    facts.StoreRestored
    | facts.AgenciesTaken
    | facts.AgenciesConfirmed
    | facts.ConfigurationAdopted
    | facts.ConfigurationRefused
)


def _of_all(view: StateView, recorded: Recorded, fact: _OfAll) -> State:
    """Return the row of what concerns all campaigns."""
    match fact:
        case facts.StoreRestored():
            return restored(recorded, fact)
        case facts.AgenciesTaken() | facts.AgenciesConfirmed():
            return agencies_row(view, recorded, fact)
        case _:
            return configuration_row(view, recorded, fact)


_CampaignFact = (
    facts.DirectiveTaken
    | facts.DirectiveReplaced
    | facts.RecallOrdered
    | facts.RevocationReceived
    | facts.RevocationDecided
    | facts.RoundOpened
    | facts.AssignmentMade
    | facts.ReplyRecorded
    | facts.DeadlinePassed
    | facts.AssignmentExtended
    | facts.AssignmentWaived
    | facts.AssignmentRemoved
    | facts.AssignmentRestored
    | facts.AssignmentPassed
    | facts.RoundReadied
    | facts.CompilationMade
    | facts.CompilationApproved
    | facts.CompilationForwarded
)


def _campaign(view: StateView, recorded: Recorded, fact: _CampaignFact) -> Sequence[State]:
    at = recorded.event.occurred_at
    match fact:
        case facts.DirectiveTaken():
            return [taken(recorded, fact)]
        case facts.DirectiveReplaced():
            return [replaced(view, recorded, fact)]
        case facts.RecallOrdered():
            return [recall_row(recorded, fact)]
        case facts.RevocationReceived() | facts.RevocationDecided():
            return revocation_rows(view, recorded, fact)
        case facts.RoundOpened():
            return [opened(at, fact)]
        case facts.AssignmentMade():
            return [made(fact)]
        case facts.ReplyRecorded():
            return reply_rows(view, recorded, fact)
        case (
            facts.DeadlinePassed()
            | facts.AssignmentExtended()
            | facts.AssignmentWaived()
            | facts.AssignmentRemoved()
            | facts.AssignmentRestored()
            | facts.AssignmentPassed()
        ):
            return decided(view, recorded, fact)
        case (
            facts.RoundReadied()
            | facts.CompilationMade()
            | facts.CompilationApproved()
            | facts.CompilationForwarded()
        ):
            return round_rows(view, at, fact)
        case _:
            assert_never(fact)
