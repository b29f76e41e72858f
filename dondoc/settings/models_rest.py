"""The form of a mapping file: how an e-office with a JSON interface of its own is spoken to."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from domain.rest_forms import Template
from domain.words import say
from dondoc.settings.entry import Entry
from dondoc.settings.values import Id, Lines, Some, Text, refuse
from dondoc.settings.values_rest import (
    DateText,
    Days,
    Expression,
    HeaderName,
    HeaderText,
    HttpStatus,
    Name,
    PathText,
    Places,
    SecrecyText,
    StatusText,
    UrgencyText,
)


class HostEntry(Entry):
    """One host of the system; its address stands in dondoc.yaml."""

    path: PathText = ""
    """Path that all requests to this host begin with."""

    @model_validator(mode="after")
    def _plain(self) -> "HostEntry":
        if Template(self.path).names:
            raise refuse(
                say("has a place in its path"), say("write places into the paths of requests")
            )
        return self


class RequestEntry(Entry):
    """One request; every text in it may have places such as {page}."""

    method: Literal["GET", "POST", "PUT"] = "GET"
    """GET, POST or PUT."""
    host: Id = "main"
    """The host that it goes to."""
    path: PathText
    """Path below the host's own; what is put into a place is encoded."""
    query: Places = Field(default_factory=dict)
    """Parameters in the address."""
    headers: dict[HeaderName, HeaderText] = Field(default_factory=dict)
    """Headers of this request alone."""
    form: Places | None = None
    """Fields of a form as the body."""
    body: dict[str, JsonValue] | None = None
    """JSON as the body."""

    @model_validator(mode="after")
    def _one_body(self) -> "RequestEntry":
        if self.form is not None and self.body is not None:
            raise refuse(say("has both form and body"), say("keep the one that the system wants"))
        if self.method == "GET" and (self.form is not None or self.body is not None):
            raise refuse(say("is a GET with a body"), say("use query, or another method"))
        return self


class CallEntry(Entry):
    """A request that is answered in JSON."""

    request: RequestEntry
    """The request."""
    success: Expression | None = None
    """Condition of success; the file's own when it is left out."""


class LoginEntry(CallEntry):
    """Signing in by user name and password."""

    token: Expression | None = None
    """Where the answer has the access token; left out, renew gets it."""
    refresh_token: Expression | None = None
    """Where the answer has the refresh token."""
    learn: dict[Name, Expression] = Field(default_factory=dict)
    """What else the answer tells: each becomes a place for later requests."""


class RenewEntry(CallEntry):
    """Getting an access token for a refresh token."""

    token: Expression
    """Where the answer has the access token."""
    refresh_token: Expression | None = None
    """Where the answer has the next refresh token."""


class ExpiredEntry(Entry):
    """How the system says that a token is no longer good."""

    statuses: Annotated[tuple[HttpStatus, ...], Field(strict=False)] = (401,)
    """HTTP statuses that say so."""
    condition: Expression | None = None
    """A condition on the answer that says so."""


class SessionEntry(Entry):
    """Being signed in."""

    login: LoginEntry | None = None
    """Signing in by user name and password."""
    renew: RenewEntry | None = None
    """Getting an access token for a refresh token."""
    headers: dict[HeaderName, HeaderText] = Field(default_factory=dict)
    """Headers of every request but those two; {token} is the access token."""
    expired: ExpiredEntry = ExpiredEntry()
    """How the system says that a token is no longer good."""
    lifetime_minutes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How long a token is good; it is renewed a little earlier."""

    @model_validator(mode="after")
    def _gets_a_token(self) -> "SessionEntry":
        if self.login is None and self.renew is None:
            raise refuse(say("has no way to get a token"), say("add login or renew"))
        if self.login and self.login.token is None and self.renew is None:
            raise refuse(say("gets no token"), say("add login.token, or renew"))
        if self.login and self.login.token is None and self.login.refresh_token is None:
            raise refuse(
                say("gets no token"), say("add login.token, or login.refresh_token for renew")
            )
        return self


class PagingEntry(Entry):
    """Lists that come in pages."""

    first: Annotated[int, Field(ge=0, le=1)] = 1
    """Number of the first page."""
    size: Annotated[int, Field(ge=1, le=1000)] = 50
    """Items of a page."""
    total: Expression | None = None
    """Where the answer says how many items there are; without it an empty page ends the list."""
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 200
    """More pages are an error, never a list cut short."""


class ListEntry(CallEntry):
    """A list of documents."""

    items: Expression
    """Where the answer has the items."""
    id: Expression
    """Where an item has the document's key in the system."""
    paging: PagingEntry | None = None
    """How the list comes in pages; left out, it comes whole."""


class DateEntry(Entry):
    """A date in an answer."""

    value: Expression
    """Where it stands."""
    forms: Some[DateText]
    """Its forms, as dd/MM/yyyy; the first that fits counts."""


class ReceivedListEntry(ListEntry):
    """The list of incoming documents."""

    sender: Expression | None = None
    """Where an item has the sender."""
    created: DateEntry | None = None
    """Where an item has the instant at which it came in; documents are taken in its order."""
    newest_first: bool = False
    """Whether the list begins with the newest document."""


class FilesEntry(Entry):
    """The files of a document."""

    items: Expression
    """Where the detail answer has the list of files."""
    name: Expression
    """Where an item has the file's name."""
    key: Expression | None = None
    """Where an item has what request says as {key}."""
    request: RequestEntry | None = None
    """The request that answers with the file itself."""
    url: Expression | None = None
    """Where an item has the file's whole address, instead of key and request."""
    size: Expression | None = None
    """Where an item has the number of bytes, which is then compared."""

    @model_validator(mode="after")
    def _one_way(self) -> "FilesEntry":
        if (self.url is None) == (self.request is None):
            raise refuse(say("must have either url or request"), say("keep exactly one of the two"))
        if self.request and self.key is None:
            raise refuse(say("has a request without key"), say("add key"))
        return self


class OutcomesEntry(Entry):
    """The system's words for what became of a document; what has none is not told."""

    done: Text | None = None
    """It was taken."""
    fail: Text | None = None
    """It could not be taken."""
    processing: Text | None = None
    """It is being looked at."""


class AcknowledgeEntry(CallEntry):
    """Telling the system what became of a document; {outcome} is the word, {reason} ours."""

    outcomes: OutcomesEntry
    """The system's words for what became of a document; what has none is not told."""


class UrgencyEntry(Entry):
    """How urgent a document is."""

    value: Expression
    """Where it stands."""
    words: dict[Text, UrgencyText]
    """The system's words and ours: normal, urgent, very_urgent, flash."""


class SecrecyEntry(Entry):
    """How secret a document is."""

    value: Expression
    """Where it stands."""
    words: dict[Text, SecrecyText]
    """The system's words and ours: none, secret, top_secret, utmost_secret."""


class FieldsEntry(Entry):
    """Where the detail answer of an incoming document says what."""

    document_id: Expression
    """What names the document for good."""
    subject: Expression
    """Trích yếu."""
    code: Expression | None = None
    """Số và ký hiệu in one text, 512/UBND-VH."""
    number: Expression | None = None
    """Số alone; it wins over code."""
    notation: Expression | None = None
    """Ký hiệu alone; it wins over code."""
    type_name: Expression | None = None
    """Loại văn bản."""
    issued_on: DateEntry | None = None
    """Ngày ban hành."""
    issuer_id: Expression | None = None
    """Mã định danh of the issuing office."""
    issuer_name: Expression | None = None
    """Name of the issuing office."""
    signer_name: Expression | None = None
    """Họ tên người ký."""
    signer_position: Expression | None = None
    """Chức vụ người ký."""
    signer_capacity: Expression | None = None
    """Quyền hạn ký, as KT. CHỦ TỊCH."""
    due_on: DateEntry | None = None
    """Hạn xử lý."""
    place: Expression | None = None
    """Địa danh."""
    content: Expression | None = None
    """A summary of the text."""
    sphere: Expression | None = None
    """Lĩnh vực."""
    urgency: UrgencyEntry | None = None
    """Độ khẩn."""
    secrecy: SecrecyEntry | None = None
    """Độ mật; a word that is not listed sets the document aside."""
    to_places: Expression | None = None
    """Nơi nhận, a list of texts."""
    answers: Expression | None = None
    """Number and notation of the document that this one answers."""
    sent_at: DateEntry | None = None
    """When it was sent."""


class ReceivedEntry(Entry):
    """Incoming documents."""

    days: Days = 30
    """How many days back the list is asked for."""
    dates: DateText = "dd/MM/yyyy"
    """How {from} and {to} are written."""
    list: ReceivedListEntry
    """The list of incoming documents."""
    detail: CallEntry
    """One document; {id} is its key."""
    files: FilesEntry | None = None
    """The files of a document."""
    acknowledge: AcknowledgeEntry | None = None
    """Telling the system what became of a document; left out, it is told nothing."""
    fields: FieldsEntry
    """Where the detail answer says what."""


class ReceiversEntry(Entry):
    """The receivers of an outgoing document."""

    items: Expression
    """Where the document has the list of receivers."""
    receiver: Expression
    """Where a receiver has its mã định danh, or else its name."""
    status: Expression
    """Where a receiver has the word for its state."""
    received_at: DateEntry | None = None
    """Where a receiver has the instant of that state."""


class SentEntry(Entry):
    """Outgoing documents, followed at each receiver."""

    days: Days = 60
    """How many days back the list is asked for."""
    dates: DateText = "dd/MM/yyyy"
    """How {from} and {to} are written."""
    list: ListEntry
    """The list of outgoing documents."""
    detail: CallEntry | None = None
    """One document; left out, everything below is read from its item in the list."""
    sender: Expression | None = None
    """Where a document has the mã định danh of its sender."""
    title: Expression | None = None
    """Where a document has its subject."""
    notation: Expression | None = None
    """Where a document has its number and notation."""
    sent_at: DateEntry | None = None
    """Where a document has the instant at which it was sent."""
    receivers: ReceiversEntry
    """The receivers of a document."""
    words: dict[Text, StatusText]
    """The system's words and ours: the codes of Quyết định 28/2018/QĐ-TTg, in quotes."""


class RestFile(Entry):
    """A mapping file: one kind of e-office."""

    name: Id
    """Name of the mapping; logs and errors call it so."""
    about: Lines = ""
    """A remark for people."""
    hosts: dict[Id, HostEntry] = Field(default_factory=lambda: {"main": HostEntry()})
    """The hosts of the system by names of our own."""
    values: dict[Name, str] = Field(default_factory=dict)
    """Constants of this office: each becomes a place for all requests."""
    headers: dict[HeaderName, HeaderText] = Field(default_factory=dict)
    """Headers of every request."""
    success: Expression
    """Condition under which an answer is a success."""
    message: Expression | None = None
    """Where an answer says why it is none."""
    session: SessionEntry | None = None
    """Being signed in; left out, the system asks for no token."""
    received: ReceivedEntry | None = None
    """Incoming documents; left out, none are taken from this system."""
    sent: SentEntry | None = None
    """Outgoing documents; left out, none are followed in this system."""

    @model_validator(mode="after")
    def _something(self) -> "RestFile":
        if self.received is None and self.sent is None:
            raise refuse(say("describes nothing to do"), say("add received, sent or both"))
        return self
