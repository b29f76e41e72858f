"""How much of an edXML file is read before it is refused."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one edXML file; sizes in bytes.

    The standard needs a depth of 12. A document to 10 000 receivers has about 100 000 elements.
    ``max_bytes`` leaves room for about 375 MiB of attachments in base64; ``max_text_bytes`` bounds
    what is left without them, which alone is held in memory. ``max_ratio`` is expanded size to
    packed size, and counts only above ``RATIO_FLOOR``: small files of blanks pack well.
    """

    max_bytes: int = 512 * _MIB
    max_text_bytes: int = 64 * _MIB
    max_depth: int = 64
    max_elements: int = 200_000
    max_attributes: int = 200_000
    max_attachments: int = 1_000
    max_attachment_bytes: int = 375 * _MIB
    max_total_bytes: int = 500 * _MIB
    max_ratio: int = 100


RATIO_FLOOR = 10 * _MIB
DEFAULT_LIMITS = Limits()
