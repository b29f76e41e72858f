"""Status messages of ours about documents that come by the exchange: the facts of them.

``domain/facts.py`` gathers them with all others.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.about import About
from domain.exchange import ExchangeStatus
from domain.ids import AnswerId, Digest, OrganId, RawId


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPlanned:
    """Intent to answer a document of the exchange with a status, committed before it leaves.

    ``content`` is the digest of the status message's file, ``account`` the door that it leaves by,
    ``document_id`` the DocumentId of what it answers.
    """

    answer: AnswerId
    raw: RawId
    about: About
    code: ExchangeStatus
    account: str
    target: OrganId
    document_id: str
    content: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSent:
    """The exchange took a status message of ours."""

    answer: AnswerId
    about: About
    code: ExchangeStatus
    exchange_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDeferred:
    """A status message of ours could not be handed over, or it is not known whether it was."""

    answer: AnswerId
    about: About
    code: ExchangeStatus
    reason: str
    retry_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefused:
    """A status message of ours was refused for good or given up."""

    answer: AnswerId
    about: About
    code: ExchangeStatus
    reason: str
