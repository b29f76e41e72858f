"""What an office had before: the version that a replacement stands for, the letter taken back."""

from dataclasses import replace

from domain.changes import Change, Changed, changes
from domain.directive import Directive
from domain.errors import InvariantViolation
from domain.kinds import LETTERS
from domain.state import DispatchStanding
from domain.status import DispatchStatus
from dondoc.services.sending import Sending
from schedulers.enclosing import files_of
from schedulers.recall import covering

_NEVER_HAD = frozenset(
    {
        DispatchStatus.PLANNED,
        DispatchStatus.DEFERRED,
        DispatchStatus.CANCELLED,
        DispatchStatus.BOUNCED,
        DispatchStatus.REJECTED,
    }
)


def versions_had(sending: Sending) -> list[DispatchStanding]:
    """Return the letters with earlier versions that this office got by this door, oldest first."""
    found = [
        d
        for d in sending.picture.dispatches_to(sending.office.id)
        if d.kind in LETTERS
        and d.channel is sending.channel
        and d.edition < sending.edition
        and d.status not in _NEVER_HAD
    ]
    return sorted(found, key=lambda d: (d.edition, d.planned_at, d.dispatch))


def former_version(sending: Sending) -> Directive:
    """Return the version of the directive that this office has; the one before if that is open."""
    had = versions_had(sending)
    versions = sending.picture.directive.versions
    return versions[(had[-1].edition if had else max(sending.edition - 1, 1)) - 1]


def former_versions(sending: Sending) -> list[Directive]:
    """Return the earlier versions that this office has, the first one in front."""
    versions = sending.picture.directive.versions
    return [versions[n - 1] for n in sorted({d.edition for d in versions_had(sending)})]


def replaced_because(sending: Sending) -> str:
    """Return the issuer's reason for the version in force, without a full stop; perhaps none."""
    return sending.picture.directive.reason.strip().rstrip(".")


def changed(sending: Sending) -> tuple[Change, ...]:
    """Return what changed for this office; a deadline only where it is the one that it now has."""
    deadline = sending.deadline()
    day = deadline.day if deadline else None
    return tuple(
        change
        for change in changes(_as_had(sending), replace(sending.directive, files=sending.files()))
        if change.what is not Changed.DEADLINE or change.after == day
    )


def _as_had(sending: Sending) -> Directive:
    """Return the version that this office has, with the files that went to it."""
    former, had = former_version(sending), versions_had(sending)
    # What the e-office sent itself went without the file of the portal.
    if not had or had[-1].followed:
        return former
    return replace(former, files=files_of(sending.picture, had[-1].edition, had[-1].planned_at))


def recalled_letter(sending: Sending) -> DispatchStanding:
    """Return the letter that a sending takes back; raises ``InvariantViolation`` without one."""
    if sending.recalls is None:
        raise InvariantViolation(f"{sending.dispatch} takes back what was never sent")
    return sending.recalls


def recall_reason(sending: Sending) -> str:
    """Return why a letter is taken back, without a full stop."""
    letter = recalled_letter(sending)
    order = covering(sending.picture, letter.round, letter.office)
    return order.reason.strip().rstrip(".") if order else ""
