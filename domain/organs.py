"""The exchange's own table of units, and how surely two identifiers name one of them.

Offices are renumbered when they merge, so no formula converts the old form of an identifier into
the new one: the table is the authority (VXP, getAgenciesList and getAgenciesListQD20).

Edge cases, decided once:

- A unit is what one current code names; every row with that code adds an older form of it.
- An identifier of two units (one old code with two new ones, a code that was given out again) is
  certain for neither of them; only the same text equals it.
- Rows are not chained. In "A is now B" and "B is now C" the table lists B as a unit of its own.
- A unit that is listed again under its old code, with the same name and nothing else, is one unit.
- Case and blanks around do not count. A blank identifier, or the word ``null``, names nobody.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from domain.exchange import Agency
from domain.ids import OrganId

Formula = Callable[[OrganId, OrganId], bool]
"""Whether the usual formula turns one identifier into the other; symmetric."""

_NOBODY = frozenset({"", "NULL"})
"""The literal ``null`` stands for a missing identifier in real traffic."""


class Sameness(StrEnum):
    """What makes two identifiers one, surest first."""

    TEXT = "text"
    TABLE = "table"
    FORMULA = "formula"
    """A fallback: the table does not have both of them, and says nothing against it."""
    NONE = "none"


class OrganTable:
    """Rows of the exchange's table, indexed: comparing costs the same however many there are."""

    def __init__(self, rows: Iterable[Agency] = ()) -> None:
        self.rows = tuple(row for row in rows if _key(row.code))
        units: defaultdict[str, set[str]] = defaultdict(set)
        forms: defaultdict[str, dict[OrganId, None]] = defaultdict(dict)
        again = _listed_again(self.rows)
        for row in self.rows:
            code, old = _key(row.code), _key(row.old_code)
            unit = again.get((code, _name(row)), code) if not old else code
            for form in filter(None, (code, old)):
                units[form].add(unit)
                forms[unit][OrganId(form)] = None
        self._units: Mapping[str, frozenset[str]] = {k: frozenset(u) for k, u in units.items()}
        self._forms: Mapping[str, tuple[OrganId, ...]] = {u: tuple(f) for u, f in forms.items()}
        self._rows: Mapping[str, Agency] = {_key(row.code): row for row in reversed(self.rows)}

    def unit(self, organ: OrganId) -> Agency | None:
        """Return the row of the one unit that an identifier names; None for none or several."""
        units = self._units.get(_key(organ), frozenset())
        return self._rows[next(iter(units))] if len(units) == 1 else None

    def knows(self, organ: OrganId) -> bool:
        """Tell whether the table has an identifier, be it of several units."""
        return _key(organ) in self._units

    def forms(self, organ: OrganId) -> Sequence[OrganId]:
        """Return every form of the one unit that an identifier names; nothing for none, several."""
        units = self._units.get(_key(organ), frozenset())
        return self._forms[next(iter(units))] if len(units) == 1 else ()

    def compare(self, a: OrganId, b: OrganId, formula: Formula) -> Sameness:
        """Return what makes two identifiers one.

        The formula is asked where the table lacks one of them, and must agree with every form
        that the table has of the other: it cannot make X equal to Z when X was Y before.
        """
        left, right = _key(a), _key(b)
        if left in _NOBODY or right in _NOBODY:
            return Sameness.NONE
        if left == right:
            return Sameness.TEXT
        one, other = self._units.get(left), self._units.get(right)
        if one and other:
            return Sameness.TABLE if one == other and len(one) == 1 else Sameness.NONE
        agrees = formula(a, b) and self._allows(one, b, formula) and self._allows(other, a, formula)
        return Sameness.FORMULA if agrees else Sameness.NONE

    def _allows(self, units: frozenset[str] | None, stranger: OrganId, formula: Formula) -> bool:
        """Tell whether an identifier that the table lacks may be a form of one that it has."""
        if units is None:
            return True
        if len(units) > 1:
            return False
        (unit,) = units
        return all(formula(stranger, form) for form in self._forms[unit])


def far_smaller(had: int, has: int) -> bool:
    """Tell whether a list shrank so far that a fault is likelier than a reform."""
    return has * 2 < had


def _key(organ: OrganId | None) -> str:
    text = (organ or "").strip().upper()
    return "" if text in _NOBODY else text


def _name(row: Agency) -> str:
    return " ".join(row.name.casefold().split())


def _listed_again(rows: Iterable[Agency]) -> Mapping[tuple[str, str], str]:
    """Return the current code of each unit by its old code and name."""
    named = (row for row in rows if _key(row.old_code) and _name(row))
    return {(_key(row.old_code), _name(row)): _key(row.code) for row in named}


NO_TABLE = OrganTable()
"""What holds before any table was taken, and for doors that have none."""
