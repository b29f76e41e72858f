"""What a mapping file says about an e-office with a JSON interface of its own.

The mapped REST door speaks by these rules and knows no system by name. Rules are made by
``mappings.rest`` from the file's expressions; here they only have a key and a value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from domain.exchange import SentPacket, Settlement
from domain.rest_forms import DateForm, Template

BUNDLE_KIND = "rest"
"""Kind of the bundles that the mapped REST door writes; their fields are the detail answer."""


class Rule(Protocol):
    """One expression of a mapping file."""

    @property
    def key(self) -> str:
        """Where it stands in the file, such as ``received.list.items``."""

    def value(self, data: object) -> object:
        """Return what the expression finds; raises ``MalformedDocument`` when it cannot work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule:
    """A day or an instant in an answer, in one of several forms."""

    rule: Rule
    forms: tuple[DateForm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRule:
    """One request. ``body`` is JSON whose texts are templates; at most one of it and ``form``."""

    method: str
    host: str
    path: Template
    query: Mapping[str, Template]
    headers: Mapping[str, Template]
    form: Mapping[str, Template] | None = None
    body: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRule:
    """A request that is answered in JSON, and the condition under which it succeeded.

    ``word`` is the file's condition where ``success`` is the call's own: where it holds the server
    says that it succeeded, and what the call's own misses is not given.
    """

    request: RequestRule
    success: Rule
    word: Rule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRule:
    """Signing in. ``learn`` names what the answer tells that later requests must say again."""

    call: CallRule
    token: Rule | None
    refresh_token: Rule | None
    learn: Mapping[str, Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewRule:
    """Getting an access token for a refresh token, which some systems replace each time."""

    call: CallRule
    token: Rule
    refresh_token: Rule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRule:
    """How a session begins, goes on and is known to have ended."""

    login: LoginRule | None
    renew: RenewRule | None
    headers: Mapping[str, Template]
    expired_statuses: frozenset[int]
    expired: Rule | None
    lifetime: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingRule:
    """Pages from number ``first`` on: until ``total`` items came, or without it an empty page."""

    first: int
    size: int
    total: Rule | None
    max_pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRule:
    """A list over the last days; ``dates`` writes the first and the last one."""

    call: CallRule
    items: Rule
    id: Rule
    paging: PagingRule | None
    days: int
    dates: DateForm


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRule:
    """The files of a document: each is fetched by ``request``, or where ``url`` says."""

    items: Rule
    name: Rule
    key: Rule | None
    url: Rule | None
    size: Rule | None
    request: RequestRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeRule:
    """Telling the system what became of a document; outcomes without a word are not told."""

    call: CallRule
    words: Mapping[Settlement, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRule:
    """Incoming documents; ``needed`` gives the texts without which a detail answer is none."""

    listing: ListRule
    sender: Rule | None
    created: DateRule | None
    newest_first: bool
    detail: CallRule
    needed: tuple[Rule, ...]
    files: FilesRule | None
    acknowledge: AcknowledgeRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRule:
    """Outgoing documents.

    ``read`` makes the entries of one document, from the answer to ``detail``, or from its item in
    the list where there is none; it raises ``MalformedDocument``.
    """

    listing: ListRule
    detail: CallRule | None
    read: Callable[[object, str], list[SentPacket]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRules:
    """Everything that the door must know. ``hosts`` gives each host's base path."""

    name: str
    hosts: Mapping[str, str]
    values: Mapping[str, str]
    headers: Mapping[str, Template]
    message: Rule | None
    session: SessionRule | None
    received: ReceivedRule | None
    sent: SentRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAccount:
    """Who we are there. Secrets are read when they are used, and never shown.

    ``refresh_token`` is for systems that give one to a person instead of letting us sign in.
    ``values`` win over those of the mapping file.
    """

    username: str = ""
    password: Callable[[], str] | None = field(default=None, repr=False)
    refresh_token: Callable[[], str] | None = field(default=None, repr=False)
    values: Mapping[str, str] = field(default_factory=dict)
