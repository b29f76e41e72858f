"""The document being distributed and its files."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.ids import Digest, OrganId


class Secrecy(StrEnum):
    """Độ mật. Anything but NONE never travels through Dondoc (Quyết định 28/2018/QĐ-TTg)."""

    NONE = "none"
    SECRET = "secret"
    TOP_SECRET = "top_secret"
    UTMOST_SECRET = "utmost_secret"


class Urgency(StrEnum):
    """Độ khẩn."""

    NORMAL = "normal"
    URGENT = "urgent"
    VERY_URGENT = "very_urgent"
    FLASH = "flash"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file by its true name (NFC, no path) and the digest of its stored bytes; size in octets."""

    name: str
    digest: Digest
    size: int
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A document that another one refers to, such as 47/NQ-CP of 15 April 2024."""

    ref: str
    issued_on: date | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """Văn bản chỉ đạo as it was taken in. ``number`` or ``issued_on`` None means a draft."""

    number: str | None
    notation: str
    issued_on: date | None
    issuer: str
    issuer_organ: OrganId | None
    subject: str
    type_name: str
    document_id: str
    signer: str | None = None
    secrecy: Secrecy = Secrecy.NONE
    urgency: Urgency = Urgency.NORMAL
    due_on: date | None = None
    files: tuple[StoredFile, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def code(self) -> str:
        """Return the printed number and notation, ``512/UBND-VH``; a draft has no number."""
        return f"{self.number or ''}/{self.notation}"

    @property
    def draft(self) -> bool:
        """Tell whether number or issue date is missing (Nghị định 30/2020/NĐ-CP, Điều 8)."""
        return not self.number or self.issued_on is None
