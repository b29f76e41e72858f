"""Closed lists of what facts speak of: kinds of dispatch, reply, review, decision."""

from enum import StrEnum


class RawChannel(StrEnum):
    """Where raw input came from."""

    MAIL = "mail"
    EXCHANGE_DOCUMENT = "exchange_document"
    EXCHANGE_STATUS = "exchange_status"
    EXCHANGE_BUNDLE = "exchange_bundle"
    """A document of a door that has no edXML, see ``domain.bundle``."""


class DispatchKind(StrEnum):
    """What a dispatch carries."""

    DIRECTIVE = "directive"
    NOTICE = "notice"
    """Opening of a later round of a yearly duty."""
    REMINDER = "reminder"
    COMPILATION = "compilation"
    RECALL = "recall"
    """The request to give back what was sent before."""
    REPLACEMENT = "replacement"
    """The directive anew, to an office that had an earlier version of it."""
    PART = "part"
    """A further mail of a letter whose files one mail cannot carry."""


LETTERS = frozenset({DispatchKind.DIRECTIVE, DispatchKind.NOTICE, DispatchKind.REPLACEMENT})
"""What brings the directive, in whatever version."""


class ReplyKind(StrEnum):
    """What a person sent back."""

    ACKNOWLEDGEMENT = "acknowledgement"
    REPORT = "report"
    QUESTION = "question"
    EXTENSION_REQUEST = "extension_request"
    REFUSAL = "refusal"
    UNCLEAR = "unclear"


class ReviewKind(StrEnum):
    """Why a person must decide."""

    DRAFT = "draft"
    SECRET = "secret"
    DUPLICATE_DIRECTIVE = "duplicate_directive"
    UNMATCHED_REPLY = "unmatched_reply"
    UNKNOWN_SENDER = "unknown_sender"
    UNAUTHENTICATED = "unauthenticated"
    """It bears an office's address, which something speaks against or nothing vouches for."""
    WRONG_LETTER = "wrong_letter"
    QUESTION = "question"
    EXTENSION_REQUEST = "extension_request"
    REFUSAL = "refusal"
    UNCLEAR_REPLY = "unclear_reply"
    REVOKED = "revoked"
    """The issuer takes the directive back: a person decides whether that holds."""
    RECALL_REFUSED = "recall_refused"
    """An office does not give back, or not update, what it was asked to."""
    LATE_REPORT = "late_report"
    """A report came after the result was approved: a person decides whether to compile anew."""
    ADDRESS_CHANGE = "address_change"
    UNDELIVERABLE = "undeliverable"
    UNCERTAIN = "uncertain"
    """It may or may not have arrived, and nothing more can be found out or repeated by itself."""
    NO_DOOR = "no_door"
    OVER_SIZE = "over_size"
    """A file is larger than a mail may be, and no address is known at which it is published."""
    NOT_SENT = "not_sent"
    """The time for compiling came while the letter had left for nobody."""
    MISSED_ROUND = "missed_round"
    """A period of a yearly duty went by while Dondoc did not run."""
    CONTRADICTION = "contradiction"
    INCOMPLETE = "incomplete"
    """A directive came without its files, or with files that cannot be had from it."""
    UNREADABLE = "unreadable"
    FAILED = "failed"
    """Something that was due could not be done; it is tried again at every turn."""
    AGENCIES = "agencies"
    """The exchange's table of units shrank so far that the one in force stays until accepted."""
    PORTAL_MISSING = "portal_missing"
    """The portal does not give the file that the letter says is posted there."""
    PORTAL_DIFFERS = "portal_differs"
    """The file on the portal is another one than that which came with the letter."""
    ENDED = "ended"
    """An office ended before it had answered: nobody takes over, or its successor had answered."""
    TOO_LATE = "too_late"
    """An office became a recipient when the round takes nobody more: it gets nothing."""
    RECIPIENTS = "recipients"
    """The rules name most of a running round's recipients no more: that may be a slip."""
    CANARY = "canary"
    """The first letters of a round went out: a person says whether the others follow."""
    STORE_PUT_BACK = "store_put_back"
    """The ledger is an older one than that which Dondoc worked with before."""


ASKED_ONCE = frozenset(
    {
        ReviewKind.NO_DOOR,
        ReviewKind.OVER_SIZE,
        ReviewKind.NOT_SENT,
        ReviewKind.MISSED_ROUND,
        ReviewKind.ENDED,
        ReviewKind.TOO_LATE,
        ReviewKind.RECIPIENTS,
        ReviewKind.CANARY,
    }
)
"""Reviews that a state of affairs opens: while it lasts, an answer is not asked for again."""


class RestorationCause(StrEnum):
    """By what it is known that the ledger lacks what happened last."""

    BACKUP = "backup"
    """It was filled from a backup, by command."""
    MARK = "mark"
    """The mark beside the store names an event that the ledger does not have."""
    MAILBOX = "mailbox"
    """A mail proves that a letter left of which the ledger does not know that it did."""
    EXCHANGE = "exchange"
    """The exchange has a document of ours of which the ledger does not know that it left."""


class Answering(StrEnum):
    """Which documents that come by the exchange Dondoc answers with status messages."""

    ALL = "all"
    """Every document from another unit."""
    OURS = "ours"
    """Those that it takes into its ledger, or that wait for a person: the rest is others' work."""
    OFF = "off"
    """None: the e-office of the unit answers for it."""


class Decision(StrEnum):
    """What a person decided in a review."""

    ACCEPT = "accept"
    """Count the reply for the office, or grant the extension."""
    REJECT = "reject"
    WAIVE = "waive"
    RESEND = "resend"
    NOTED = "noted"
