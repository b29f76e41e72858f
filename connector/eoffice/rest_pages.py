"""Lists of a mapped e-office, page by page, with every item once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.errors import ListNotWhole, MalformedDocument, PeerRefused, PeerUnavailable
from domain.rest import ListRule, PagingRule
from domain.rest_forms import ZONE
from domain.rest_values import Absent, count_of, items_of, text_of

Ask = Callable[[Mapping[str, str]], object]
"""Makes the call of a list with the values of its places and returns the data of the answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a list under its doc_id."""

    doc_id: str
    item: object


def rows(peer: str, rule: ListRule, now: datetime, ask: Ask) -> list[Row]:
    """Return the items of a list in the order of the pages.

    Documents that come in while pages are read push others to the next page, so an item may come
    twice; a list that does not add up is therefore read once more, and what both readings gave
    counts. Raises ``PeerUnavailable`` for an answer of the wrong shape, ``ListNotWhole`` with the
    rows of a list that does not add up then either, and ``PeerRefused`` for one that goes on
    beyond the bound.
    """
    listing = _Listing(peer, rule, _window(rule, now), ask)
    try:
        flaw = listing.read() and listing.read()
    except MalformedDocument as error:
        raise PeerUnavailable(peer, error.reason) from None
    listed = [Row(doc_id, item) for doc_id, item in listing.found.items()]
    if flaw:
        raise ListNotWhole(peer, flaw, listed)
    return listed


def _window(rule: ListRule, now: datetime) -> dict[str, str]:
    first = now - timedelta(days=rule.days)
    return {
        "from": rule.dates.write(first),
        "to": rule.dates.write(now),
        "year": str(now.astimezone(ZONE).year),
    }


@dataclass(slots=True)
class _Listing:
    """One list and the items that it has given, each under its id."""

    peer: str
    rule: ListRule
    window: Mapping[str, str]
    ask: Ask
    found: dict[str, object] = field(default_factory=dict)

    def read(self) -> str:
        """Read the list from its first page; return why it is not whole, blank if it is.

        A system that does not know the name of a parameter ignores it and gives the first page for
        ever. Rows would add up to its total then; only different items prove that all came.
        """
        paging = self.rule.paging
        if paging is None:
            self._keep(self.ask(self.window))
            return ""
        total = 0
        earlier: set[str] = set()
        for turn in range(paging.max_pages):
            data = self.ask({**self.window, **_position(paging, turn)})
            page = self._keep(data)
            total = _total(paging, data, page, total)
            if page and paging.total and len(self.found) >= total:
                return ""
            if not page:
                return "" if len(self.found) >= total else self._too_few(total)
            if earlier.issuperset(page):
                return self._repeats(total)
            earlier.update(page)
        detail = f"{self.rule.items.key} goes on after {paging.max_pages} pages; ask for fewer days"
        raise PeerRefused(self.peer, "too many pages", detail)

    def _keep(self, data: object) -> list[str]:
        page = [(text_of(self.rule.id, item), item) for item in items_of(self.rule.items, data)]
        for doc_id, item in page:
            self.found.setdefault(doc_id, item)
        return [doc_id for doc_id, _ in page]

    def _too_few(self, total: int) -> str:
        given = f"{self.rule.items.key} gave {len(self.found)} of {total} items"
        return f"{given}; the list is not whole"

    def _repeats(self, total: int) -> str:
        of = f" of {total}" if total else ""
        return (
            f"{self.rule.items.key} gives items of earlier pages as a further page, after "
            f"{len(self.found)}{of} different items; the list is not whole: check that the request "
            "names the system's own parameters for {page}, {size} or {offset}"
        )


def _total(paging: PagingRule, data: object, page: Sequence[str], before: int) -> int:
    """Return how many items there are; an empty page need not say it again."""
    if paging.total is None:
        return 0
    try:
        return count_of(paging.total, data)
    except Absent:
        if page:
            raise
        return before


def _position(paging: PagingRule, turn: int) -> dict[str, str]:
    return {
        "page": str(paging.first + turn),
        "size": str(paging.size),
        "offset": str(turn * paging.size),
    }
