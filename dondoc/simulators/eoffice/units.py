"""The exchange's own table of units: codes in the old and the new form, owner, lock.

QCVN 102:2016 and Quyết định 20/2020/QĐ-TTg give the two forms of a code. No formula converts one
into the other, so both are kept as given and both reach the same unit.
"""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal
from dondoc.simulators.eoffice.state import State, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A unit as it is seeded or registered.

    ``system`` is the connecting centre that sends and fetches for it; blank: nobody does.
    ``parent`` is the parent's code. ``locked`` units receive nothing (error 23).
    """

    code: str
    old_code: str = ""
    name: str = ""
    mail: str = ""
    parent: str = ""
    system: str = ""
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as it is stored; ``modified`` is in epoch seconds."""

    id: int
    code: str
    old_code: str
    name: str
    mail: str
    parent_id: str
    system: str
    locked: bool
    deleted: bool
    version: int
    modified: int


_SELECT = """
SELECT units.*, coalesce(parents.unit, '') AS parent_id FROM units
LEFT JOIN unit_codes AS parents ON units.parent <> '' AND parents.code = units.parent
"""


class Units:
    """Queries and changes of the table of units."""

    def __init__(self, state: State, now: Callable[[], datetime]) -> None:
        self._state = state
        self._now = now

    def find(self, code: str) -> Unit | None:
        """Return the unit with this code in either form, deleted or not."""
        where = "WHERE units.id = (SELECT unit FROM unit_codes WHERE code = :code)"
        row = self._state.row(_SELECT + where, {"code": code.strip()})
        return None if row is None else _unit(row)

    def all(self) -> list[Unit]:
        """Return every unit, deleted ones too, in order of registration."""
        return [_unit(row) for row in self._state.rows(_SELECT + "ORDER BY units.id", {})]

    def seed(self, agencies: Iterable[Agency]) -> None:
        """Add units, or bring their name, mail and owner up to date; locks and deletions stay."""
        with self._state.writing() as connection:
            for agency in agencies:
                self._put(connection, agency)

    def register(self, agency: Agency) -> None:
        """Add or change one unit, and bring it back if it was deleted.

        Raises Refusal 19 if another system owns the code.
        """
        with self._state.writing() as connection:
            for code in _codes(agency):
                owner = connection.execute(
                    "SELECT system FROM units WHERE id ="
                    " (SELECT unit FROM unit_codes WHERE code = ?)",
                    (code,),
                ).fetchone()
                if owner is not None and owner["system"] not in {"", agency.system}:
                    raise Refusal(ErrorCode.UNKNOWN_SENDER, f"{code} belongs to another system")
            unit = self._put(connection, agency)
            connection.execute("UPDATE units SET deleted = 0 WHERE id = ?", (unit,))

    def set_flag(self, unit: Unit, *, locked: bool | None = None, deleted: bool = False) -> None:
        """Lock, unlock or delete one unit."""
        values: dict[str, Value] = {
            "id": unit.id,
            "locked": unit.locked if locked is None else locked,
            "deleted": deleted,
            "modified": int(self._now().timestamp()),
        }
        with self._state.writing() as connection:
            connection.execute(
                "UPDATE units SET locked = :locked, deleted = :deleted, modified = :modified,"
                " version = version + 1 WHERE id = :id",
                values,
            )

    def _put(self, connection: sqlite3.Connection, agency: Agency) -> int:
        values: dict[str, Value] = {
            "code": agency.code.strip(),
            "old_code": agency.old_code.strip(),
            "name": agency.name.strip() or agency.code.strip(),
            "mail": agency.mail.strip(),
            "parent": agency.parent.strip(),
            "system": agency.system,
            "locked": agency.locked,
            "modified": int(self._now().timestamp()),
        }
        found = [_unit_of(connection, code) for code in _codes(agency)]
        known = {unit for unit in found if unit is not None}
        if len(known) > 1:
            raise Refusal(
                ErrorCode.NOT_PROCESSED, f"{agency.code} and {agency.old_code} are two units"
            )
        unit = _change(connection, known.pop(), values) if known else _add(connection, values)
        for code in _codes(agency):
            connection.execute("INSERT OR IGNORE INTO unit_codes VALUES (?, ?)", (code, unit))
        return unit


def _codes(agency: Agency) -> list[str]:
    return [code for code in (agency.code.strip(), agency.old_code.strip()) if code]


def _unit_of(connection: sqlite3.Connection, code: str) -> int | None:
    row = connection.execute("SELECT unit FROM unit_codes WHERE code = ?", (code,)).fetchone()
    return None if row is None else int(row["unit"])


def _add(connection: sqlite3.Connection, values: dict[str, Value]) -> int:
    cursor = connection.execute(
        "INSERT INTO units (code, old_code, name, mail, parent, system, locked, modified)"
        " VALUES (:code, :old_code, :name, :mail, :parent, :system, :locked, :modified)",
        values,
    )
    return int(cursor.lastrowid or 0)


def _change(connection: sqlite3.Connection, unit: int, values: dict[str, Value]) -> int:
    # A seed repeated at every start must not look like a change to those that synchronise.
    connection.execute(
        "UPDATE units SET code = :code, old_code = :old_code, name = :name, mail = :mail,"
        " parent = :parent, system = :system, modified = :modified, version = version + 1"
        " WHERE id = :id AND (code, old_code, name, mail, parent, system)"
        " <> (:code, :old_code, :name, :mail, :parent, :system)",
        {**values, "id": unit},
    )
    return unit


def _unit(row: sqlite3.Row) -> Unit:
    return Unit(
        id=row["id"],
        code=row["code"],
        old_code=row["old_code"],
        name=row["name"],
        mail=row["mail"],
        parent_id=str(row["parent_id"]),
        system=row["system"],
        locked=bool(row["locked"]),
        deleted=bool(row["deleted"]),
        version=row["version"],
        modified=row["modified"],
    )
