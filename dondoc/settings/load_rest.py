"""A mapping file, read, checked and made into the rules by which door and readers work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from domain.bundle import Bundle
from domain.errors import Problem
from domain.exchange import PacketReading, Settlement
from domain.rest import (
    AcknowledgeRule,
    CallRule,
    DateRule,
    FilesRule,
    ListRule,
    LoginRule,
    PagingRule,
    ReceivedRule,
    RenewRule,
    RequestRule,
    RestRules,
    SentRule,
    SessionRule,
)
from domain.rest_forms import DateForm, Template
from dondoc.settings.check_rest import check_rest
from dondoc.settings.models_rest import (
    AcknowledgeEntry,
    CallEntry,
    DateEntry,
    FieldsEntry,
    FilesEntry,
    ListEntry,
    ReceivedEntry,
    RequestEntry,
    RestFile,
    SentEntry,
    SessionEntry,
)
from dondoc.settings.placed import load_checked, read_checked
from dondoc.settings.source import Document
from mappings.names.fold import fold
from mappings.rest.document import DocumentForm, SecrecyRule, UrgencyRule
from mappings.rest.document import read_document as _packet
from mappings.rest.expression import Expression, compiled
from mappings.rest.sent import SentForm, folded, sent_packets


@dataclass(frozen=True, slots=True, kw_only=True)
class RestMapping:
    """A mapping file as the program uses it: ``rules`` for the door, ``form`` for what it took.

    ``form`` is None where no documents are taken from the system.
    """

    rules: RestRules
    form: DocumentForm | None

    def read(self, bundle: Bundle) -> PacketReading:
        """Return the packet of a bundle of this system; raises ``MalformedDocument``."""
        assert self.form is not None, "bundles come from mappings that receive"
        return _packet(self.form, bundle)


def load_rest(path: Path) -> RestMapping:
    """Read a mapping file; raises ``ConfigError`` with every problem at once."""
    return load_checked(path, read_rest)


def read_rest(document: Document) -> tuple[RestMapping | None, tuple[Problem, ...]]:
    """Check a mapping file that was read; without a mapping when it has problems."""
    placed, problems = read_checked(RestFile, document, check_rest)
    return (_mapping(placed.entry) if placed else None), problems


def _mapping(entry: RestFile) -> RestMapping:
    calls = _Calls(entry.success)
    rules = RestRules(
        name=entry.name,
        hosts={name: host.path for name, host in entry.hosts.items()},
        values=entry.values,
        headers=_templates(entry.headers),
        message=_optional("message", entry.message),
        session=_session(calls, entry.session) if entry.session else None,
        received=_received(calls, entry.received) if entry.received else None,
        sent=_sent(calls, entry.sent) if entry.sent else None,
    )
    form = _form("received.fields", entry.received.fields) if entry.received else None
    return RestMapping(rules=rules, form=form)


@dataclass(frozen=True, slots=True)
class _Calls:
    """Makes calls; ``success`` is the condition of those that have none of their own."""

    success: str

    def of(self, key: str, entry: CallEntry) -> CallRule:
        request, word = _request(entry.request), compiled("success", self.success)
        if entry.success is None:
            return CallRule(request=request, success=word)
        own = compiled(f"{key}.success", entry.success)
        return CallRule(request=request, success=own, word=word)

    def listing(self, key: str, entry: ListEntry, days: int, dates: str) -> ListRule:
        paging = entry.paging
        return ListRule(
            call=self.of(key, entry),
            items=compiled(f"{key}.items", entry.items),
            id=compiled(f"{key}.id", entry.id),
            paging=None
            if paging is None
            else PagingRule(
                first=paging.first,
                size=paging.size,
                total=_optional(f"{key}.paging.total", paging.total),
                max_pages=paging.max_pages,
            ),
            days=days,
            dates=DateForm(dates),
        )


def _request(entry: RequestEntry) -> RequestRule:
    return RequestRule(
        method=entry.method,
        host=entry.host,
        path=Template(entry.path),
        query=_templates(entry.query),
        headers=_templates(entry.headers),
        form=None if entry.form is None else _templates(entry.form),
        body=None if entry.body is None else _body(entry.body),
    )


def _body(value: object) -> object:
    if isinstance(value, str):
        return Template(value)
    if isinstance(value, Mapping):
        return {name: _body(inner) for name, inner in value.items()}
    return tuple(map(_body, value)) if isinstance(value, list) else value


def _session(calls: _Calls, entry: SessionEntry) -> SessionRule:
    login, renew, expired = entry.login, entry.renew, entry.expired
    return SessionRule(
        login=None
        if login is None
        else LoginRule(
            call=calls.of("session.login", login),
            token=_optional("session.login.token", login.token),
            refresh_token=_optional("session.login.refresh_token", login.refresh_token),
            learn={
                name: compiled(f"session.login.learn.{name}", text)
                for name, text in login.learn.items()
            },
        ),
        renew=None
        if renew is None
        else RenewRule(
            call=calls.of("session.renew", renew),
            token=compiled("session.renew.token", renew.token),
            refresh_token=_optional("session.renew.refresh_token", renew.refresh_token),
        ),
        headers=_templates(entry.headers),
        expired_statuses=frozenset(expired.statuses),
        expired=_optional("session.expired.condition", expired.condition),
        lifetime=timedelta(minutes=entry.lifetime_minutes) if entry.lifetime_minutes else None,
    )


def _received(calls: _Calls, entry: ReceivedEntry) -> ReceivedRule:
    acknowledge = entry.acknowledge
    return ReceivedRule(
        listing=calls.listing("received.list", entry.list, entry.days, entry.dates),
        sender=_optional("received.list.sender", entry.list.sender),
        created=_date("received.list.created", entry.list.created),
        newest_first=entry.list.newest_first,
        detail=calls.of("received.detail", entry.detail),
        needed=(
            compiled("received.fields.document_id", entry.fields.document_id),
            compiled("received.fields.subject", entry.fields.subject),
        ),
        files=_files(entry.files) if entry.files else None,
        acknowledge=None if acknowledge is None else _acknowledge(calls, acknowledge),
    )


def _acknowledge(calls: _Calls, entry: AcknowledgeEntry) -> AcknowledgeRule:
    words = {outcome: getattr(entry.outcomes, outcome.value) for outcome in Settlement}
    return AcknowledgeRule(
        call=calls.of("received.acknowledge", entry),
        words={outcome: word for outcome, word in words.items() if word is not None},
    )


def _files(entry: FilesEntry) -> FilesRule:
    key = "received.files"
    return FilesRule(
        items=compiled(f"{key}.items", entry.items),
        name=compiled(f"{key}.name", entry.name),
        key=_optional(f"{key}.key", entry.key),
        url=_optional(f"{key}.url", entry.url),
        size=_optional(f"{key}.size", entry.size),
        request=_request(entry.request) if entry.request else None,
    )


def _sent(calls: _Calls, entry: SentEntry) -> SentRule:
    receivers = entry.receivers
    form = SentForm(
        sender=_optional("sent.sender", entry.sender),
        title=_optional("sent.title", entry.title),
        notation=_optional("sent.notation", entry.notation),
        sent_at=_date("sent.sent_at", entry.sent_at),
        receivers=compiled("sent.receivers.items", receivers.items),
        receiver=compiled("sent.receivers.receiver", receivers.receiver),
        status=compiled("sent.receivers.status", receivers.status),
        received_at=_date("sent.receivers.received_at", receivers.received_at),
        words=folded(entry.words),
    )
    return SentRule(
        listing=calls.listing("sent.list", entry.list, entry.days, entry.dates),
        detail=calls.of("sent.detail", entry.detail) if entry.detail else None,
        read=partial(sent_packets, form),
    )


def _form(key: str, entry: FieldsEntry) -> DocumentForm:
    def at(name: str) -> Expression | None:
        return _optional(f"{key}.{name}", getattr(entry, name))

    def dated(name: str) -> DateRule | None:
        return _date(f"{key}.{name}", getattr(entry, name))

    urgency, secrecy = entry.urgency, entry.secrecy
    return DocumentForm(
        document_id=compiled(f"{key}.document_id", entry.document_id),
        subject=compiled(f"{key}.subject", entry.subject),
        code=at("code"),
        number=at("number"),
        notation=at("notation"),
        type_name=at("type_name"),
        issued_on=dated("issued_on"),
        issuer_id=at("issuer_id"),
        issuer_name=at("issuer_name"),
        signer_name=at("signer_name"),
        signer_position=at("signer_position"),
        signer_capacity=at("signer_capacity"),
        due_on=dated("due_on"),
        place=at("place"),
        content=at("content"),
        sphere=at("sphere"),
        urgency=None
        if urgency is None
        else UrgencyRule(
            rule=compiled(f"{key}.urgency.value", urgency.value),
            words={fold(word): ours for word, ours in urgency.words.items()},
        ),
        secrecy=None
        if secrecy is None
        else SecrecyRule(
            rule=compiled(f"{key}.secrecy.value", secrecy.value),
            words={fold(word): ours for word, ours in secrecy.words.items()},
        ),
        to_places=at("to_places"),
        answers=at("answers"),
        sent_at=dated("sent_at"),
    )


def _optional(key: str, text: str | None) -> Expression | None:
    return None if text is None else compiled(key, text)


def _date(key: str, entry: DateEntry | None) -> DateRule | None:
    if entry is None:
        return None
    forms = tuple(map(DateForm, entry.forms))
    return DateRule(rule=compiled(f"{key}.value", entry.value), forms=forms)


def _templates(texts: Mapping[str, str]) -> dict[str, Template]:
    return {name: Template(text) for name, text in texts.items()}
