"""The exchange's table of units as bytes that are kept as evidence, and back.

Canonical: equal tables are equal bytes, whatever the order in which the exchange lists its units.
Only what identifies a unit is kept; its mail address is nobody's business here.
"""

import json
from collections.abc import Iterable

from domain.errors import MalformedDocument
from domain.exchange import Agency
from domain.ids import OrganId
from mappings.mail.text import clean

_MEMBERS = 3


def write_agencies(rows: Iterable[Agency]) -> bytes:
    """Return a table as JSON, ``[[code, old code, name], …]``, each row once and in order.

    A code with characters that no identifier has names nobody; its row is left out.
    """
    kept = {_row(row) for row in rows if row.code.strip() and row.code.isprintable()}
    return json.dumps(sorted(kept), separators=(",", ":")).encode()


def read_agencies(content: bytes) -> tuple[Agency, ...]:
    """Return the rows of a kept table; raises ``MalformedDocument``."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise MalformedDocument("the kept table of units", "it is no JSON") from None
    if not isinstance(found, list) or not all(map(_is_row, found)):
        raise MalformedDocument("the kept table of units", "a row is not three texts")
    return tuple(
        Agency(id=code, code=OrganId(code), old_code=OrganId(old) if old else None, name=name)
        for code, old, name in found
    )


def _row(row: Agency) -> tuple[str, str, str]:
    old = (row.old_code or "").strip()
    return row.code.strip(), old if old.isprintable() else "", clean(row.name)


def _is_row(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == _MEMBERS
        and all(isinstance(member, str) for member in row)
    )
