"""The sent list of a mapped e-office: one entry per receiver, its status words made ours."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import MalformedDocument
from domain.exchange import ExchangeStatus, PacketKind, SentPacket
from domain.rest import DateRule, Rule
from domain.rest_forms import ZONE
from domain.rest_values import instant_of, items_of, optional_text, text_of
from mappings.names.fold import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class SentForm:
    """Where an outgoing document says what we want to know; keys of ``words`` are folded."""

    sender: Rule | None
    title: Rule | None
    notation: Rule | None
    sent_at: DateRule | None
    receivers: Rule
    receiver: Rule
    status: Rule
    received_at: DateRule | None
    words: Mapping[str, ExchangeStatus]


def sent_packets(form: SentForm, data: object, doc_id: str) -> list[SentPacket]:
    """Return one entry per receiver of a document.

    ``receive_status`` is the code of Quyết định 28/2018/QĐ-TTg, empty where the system gives no
    status yet, and the system's own word where the mapping has none for it. ``sent`` and
    ``received`` are ``yyyy/MM/dd HH:mm:ss`` in Vietnamese time.
    """
    try:
        return [_entry(form, data, doc_id, row) for row in items_of(form.receivers, data)]
    except MalformedDocument as error:
        raise MalformedDocument(f"sent document {doc_id}", error.reason) from None


def folded(words: Mapping[str, ExchangeStatus]) -> dict[str, ExchangeStatus]:
    """Return a table of status words under the keys that they are looked up by."""
    return {fold(word): status for word, status in words.items()}


def _entry(form: SentForm, data: object, doc_id: str, row: object) -> SentPacket:
    word = optional_text(form.status, row)
    status = form.words.get(fold(word)) if word else None
    return SentPacket(
        doc_id=doc_id,
        kind=PacketKind.DOCUMENT,
        sender=optional_text(form.sender, data),
        receiver=text_of(form.receiver, row),
        title=optional_text(form.title, data),
        notation=optional_text(form.notation, data),
        sent=_written(form.sent_at, data),
        received=_written(form.received_at, row),
        send_status="done",
        receive_status=status.value if status else word,
    )


def _written(date: DateRule | None, data: object) -> str:
    instant = instant_of(date, data)
    return f"{instant.astimezone(ZONE):%Y/%m/%d %H:%M:%S}" if instant else ""
