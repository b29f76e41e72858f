"""Statuses and events of the state machines in ``domain/machine.py``."""

from enum import StrEnum


class DispatchStatus(StrEnum):
    """How far one sending has verifiably come; each status has evidence of its own."""

    PLANNED = "planned"
    SENDING = "sending"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"
    ACCEPTED = "accepted"
    DELAYED = "delayed"
    RELAYED = "relayed"
    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    REGISTERED = "registered"
    ASSIGNED = "assigned"
    PROCESSING = "processing"
    FINISHED = "finished"
    REJECTED = "rejected"
    BOUNCED = "bounced"
    RECALL_ASKED = "recall_asked"
    RECALLED = "recalled"
    RECALL_REFUSED = "recall_refused"
    CANCELLED = "cancelled"


class DispatchEvent(StrEnum):
    """What can happen to a dispatch."""

    ATTEMPTED = "attempted"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    LOST = "lost"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    DELAYED = "delayed"
    RELAYED = "relayed"
    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    AUTO_REPLIED = "auto_replied"
    BOUNCED = "bounced"
    REGISTERED = "registered"
    ASSIGNED = "assigned"
    PROCESSING = "processing"
    FINISHED = "finished"
    REJECTED = "rejected"
    RECALL_ASKED = "recall_asked"
    RECALL_AGREED = "recall_agreed"
    RECALL_REFUSED = "recall_refused"


class AssignmentStatus(StrEnum):
    """Where an office stands in a round."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    ACKNOWLEDGED = "acknowledged"
    REPORTED = "reported"
    UNREACHED = "unreached"
    WAIVED = "waived"


class AssignmentEvent(StrEnum):
    """What can happen to an assignment."""

    SENT = "sent"
    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    UNREACHED = "unreached"
    ACKNOWLEDGED = "acknowledged"
    REPORTED = "reported"
    WAIVED = "waived"
    DEADLINE_PASSED = "deadline_passed"
    EXTENDED = "extended"


class Membership(StrEnum):
    """Whether an office is one of a round's recipients by the rules in force and as it exists."""

    TAKES_PART = "takes_part"
    REMOVED = "removed"
    PASSED = "passed"
    """The office has ended, and its duty passed to its successor."""


class MembershipEvent(StrEnum):
    """What a change of the rules, or the end of an office, can do to it."""

    REMOVED = "removed"
    RESTORED = "restored"
    PASSED = "passed"


class RoundStatus(StrEnum):
    """Where a reporting period stands."""

    OPEN = "open"
    READY = "ready"
    COMPILED = "compiled"
    APPROVED = "approved"
    FORWARDED = "forwarded"


class RoundEvent(StrEnum):
    """What can happen to a round."""

    READIED = "readied"
    COMPILED = "compiled"
    APPROVED = "approved"
    FORWARDED = "forwarded"


class JointCondition(StrEnum):
    """What may hold over all assignments and dispatches of a round together."""

    ALL_SETTLED = "all_settled"
    TIME_TO_COMPILE = "time_to_compile"
    RESULT_HANDED_OVER = "result_handed_over"


class AnswerStatus(StrEnum):
    """How far one status message of ours has come."""

    PLANNED = "planned"
    DEFERRED = "deferred"
    SENT = "sent"
    REFUSED = "refused"


class AnswerEvent(StrEnum):
    """What can happen to a status message of ours."""

    SENT = "sent"
    DEFERRED = "deferred"
    REFUSED = "refused"


class RawStatus(StrEnum):
    """Whether raw input has been read."""

    ARRIVED = "arrived"
    READ = "read"
    QUARANTINED = "quarantined"
