"""The documents of the simulated e-office and how its interface words them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_DAY = "%d/%m/%Y"
_INSTANT = "%d/%m/%Y %H:%M:%S"
_FIRST_KEY = 1_000


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file under its name; its key is ``<document>_<number>__<name>``, as iOffice writes it."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A document that came in."""

    code: str
    subject: str
    issued_on: date
    arrived: datetime
    files: tuple[StoredFile, ...] = ()
    issuer: str = "UBND huyện Hữu Lũng"
    issuer_code: str = "000.00.12.H37"
    type_name: str = "Công văn"
    signer: str = "Nguyễn Văn Mẫu"
    urgency: str = "Thường"
    secrecy: str = "Thường"
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where an outgoing document stands at one receiver; a blank state means not received."""

    name: str
    code: str = ""
    state: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A document that was sent."""

    code: str
    subject: str
    sent: datetime
    receivers: tuple[Receiver, ...]
    sender_code: str = "000.00.12.H37"


# JSON has no narrower type in Python.
Row = dict[str, Any]


class Documents:
    """What the e-office holds, by key; safe for the server's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._incoming: dict[int, Incoming] = {}
        self._outgoing: dict[int, Outgoing] = {}
        self._states: dict[int, str] = {}

    def clear(self) -> None:
        """Forget all documents."""
        with self._lock:
            self._incoming.clear()
            self._outgoing.clear()
            self._states.clear()

    def receive(self, document: Incoming) -> str:
        """Let a document come in; return its key."""
        with self._lock:
            key = _FIRST_KEY + len(self._incoming)
            self._incoming[key] = document
            return str(key)

    def send(self, document: Outgoing) -> str:
        """Record a document as sent; return its key."""
        with self._lock:
            key = _FIRST_KEY * 9 + len(self._outgoing)
            self._outgoing[key] = document
            return str(key)

    def set_state(self, key: str, receiver: str, state: str, at: datetime) -> None:
        """Record what a receiver, by code or name, made of an outgoing document."""
        with self._lock:
            document = self._outgoing[int(key)]
            receivers = tuple(
                replace(one, state=state, at=at) if receiver in {one.code, one.name} else one
                for one in document.receivers
            )
            self._outgoing[int(key)] = replace(document, receivers=receivers)

    def mark(self, key: str, state: str) -> bool:
        """Record what was made of an incoming document; False when there is none."""
        with self._lock:
            known = key.isdigit() and int(key) in self._incoming
            if known:
                self._states[int(key)] = state
            return known

    def state(self, key: str) -> str:
        """Return what was made of an incoming document, blank at first."""
        with self._lock:
            return self._states.get(int(key), "")

    def incoming(self, asked: Mapping[str, str]) -> list[Row]:
        """Return the list of incoming documents of a window, newest first."""
        with self._lock:
            found = [
                (key, document)
                for key, document in self._incoming.items()
                if _within(document.arrived, asked.get("nhan_tu_ngay"), asked.get("nhan_den_ngay"))
                and asked.get("trang_thai_xu_ly") in {None, "", self._states.get(key) or "cho"}
            ]
        return [
            {
                "ma_van_ban_den": key,
                "so_ky_hieu": document.code,
                "trich_yeu": document.subject,
                "co_quan_ban_hanh_rut_gon": document.issuer,
                "ngay_den": f"{document.arrived.astimezone(ZONE):{_INSTANT}}",
                "total_row": len(found),
            }
            for key, document in reversed(found)
        ]

    def incoming_detail(self, key: str) -> Row | None:
        """Return one incoming document."""
        with self._lock:
            document = self._incoming.get(int(key)) if key.isdigit() else None
        if document is None:
            return None
        return {
            "ma_van_ban_den": int(key),
            "so_ky_hieu": document.code,
            "trich_yeu": document.subject,
            "ten_loai_van_ban": document.type_name,
            "ngay_ban_hanh": f"{document.issued_on:{_DAY}}",
            "ngay_den": f"{document.arrived.astimezone(ZONE):{_INSTANT}}",
            "han_xu_ly": f"{document.due_on:{_DAY}}" if document.due_on else None,
            "co_quan_ban_hanh": document.issuer,
            "ma_dinh_danh": document.issuer_code,
            "nguoi_ky": document.signer,
            "do_khan": document.urgency,
            "do_mat": document.secrecy,
            "file_van_ban_bs": ":".join(_file_keys(int(key), document)) or None,
        }

    def outgoing(self, asked: Mapping[str, str]) -> list[Row]:
        """Return the list of outgoing documents of a window, newest first."""
        with self._lock:
            found = [
                (key, document)
                for key, document in self._outgoing.items()
                if _within(document.sent, asked.get("tu_ngay"), asked.get("den_ngay"))
            ]
        return [
            {
                "ma_van_ban_di": key,
                "so_ky_hieu": document.code,
                "trich_yeu": document.subject,
                "total_row": len(found),
            }
            for key, document in reversed(found)
        ]

    def outgoing_detail(self, key: str) -> Row | None:
        """Return one outgoing document with the state at each receiver."""
        with self._lock:
            document = self._outgoing.get(int(key)) if key.isdigit() else None
        if document is None:
            return None
        return {
            "ma_van_ban_di": int(key),
            "so_ky_hieu": document.code,
            "trich_yeu": document.subject,
            "ngay_gui": f"{document.sent.astimezone(ZONE):{_INSTANT}}",
            "ma_dinh_danh": document.sender_code,
            "ds_don_vi_nhan": [_receiver(one) for one in document.receivers],
        }

    def file(self, key: str) -> bytes | None:
        """Return the bytes behind a key."""
        with self._lock:
            for number, document in self._incoming.items():
                pairs = zip(_file_keys(number, document), document.files, strict=True)
                for known, file in pairs:
                    if known == key:
                        return file.content
        return None


def _receiver(receiver: Receiver) -> Row:
    return {
        "ma_dinh_danh": receiver.code or None,
        "ten_don_vi": receiver.name,
        "trang_thai": receiver.state or None,
        "ngay_nhan": f"{receiver.at.astimezone(ZONE):{_INSTANT}}" if receiver.at else None,
    }


def _file_keys(key: int, document: Incoming) -> list[str]:
    return [f"{key}_{n}__{file.name}" for n, file in enumerate(document.files, start=1)]


def _within(instant: datetime, first: str | None, last: str | None) -> bool:
    day = instant.astimezone(ZONE).date()
    return not (
        (first and day < datetime.strptime(first, _DAY).replace(tzinfo=ZONE).date())
        or (last and day > datetime.strptime(last, _DAY).replace(tzinfo=ZONE).date())
    )
