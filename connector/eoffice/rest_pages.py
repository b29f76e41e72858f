"""Lists of a mapped e-office, page by page, with every item once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import ListNotWhole, MalformedDocument, PeerRefused, PeerUnavailable
from domain.rest import ListRule, PagingRule
from domain.rest_forms import ZONE
from domain.rest_values import count_of, items_of, text_of

Ask = Callable[[Mapping[str, str]], object]
"""Makes the call of a list with the values of its places and returns the data of the answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a list under its doc_id."""

    doc_id: str
    item: object


class _Cut(Exception):
    """The list ends before its own total."""


def rows(peer: str, rule: ListRule, now: datetime, ask: Ask) -> list[Row]:
    """Return the items of a list in the order of the pages.

    Documents that come in while pages are read push others to the next page, so an item may come
    twice. Raises ``PeerUnavailable`` for an answer of the wrong shape, ``ListNotWhole`` with the
    rows of a list that ends before its own total, and ``PeerRefused`` for one that goes on beyond
    the bound.
    """
    found: dict[str, object] = {}
    cut = ""
    try:
        for page in _pages(peer, rule, _window(rule, now), ask):
            for item in page:
                found.setdefault(text_of(rule.id, item), item)
    except MalformedDocument as error:
        raise PeerUnavailable(peer, error.reason) from None
    except _Cut as error:
        cut = str(error)
    listed = [Row(doc_id, item) for doc_id, item in found.items()]
    if cut:
        raise ListNotWhole(peer, cut, listed)
    return listed


def _window(rule: ListRule, now: datetime) -> dict[str, str]:
    first = now - timedelta(days=rule.days)
    return {
        "from": rule.dates.write(first),
        "to": rule.dates.write(now),
        "year": str(now.astimezone(ZONE).year),
    }


def _pages(
    peer: str, rule: ListRule, window: Mapping[str, str], ask: Ask
) -> Iterator[list[object]]:
    paging = rule.paging
    if paging is None:
        yield items_of(rule.items, ask(window))
        return
    count = total = 0
    for turn in range(paging.max_pages):
        data = ask({**window, **_position(paging, turn)})
        page = items_of(rule.items, data)
        yield page
        count += len(page)
        if page and paging.total:
            total = count_of(paging.total, data)
            if count >= total:
                return
        if not page:
            if count < total:
                raise _Cut(f"{rule.items.key} gave {count} of {total} items")
            return
    detail = f"{rule.items.key} goes on after {paging.max_pages} pages; ask for fewer days"
    raise PeerRefused(peer, "too many pages", detail)


def _position(paging: PagingRule, turn: int) -> dict[str, str]:
    return {
        "page": str(paging.first + turn),
        "size": str(paging.size),
        "offset": str(turn * paging.size),
    }
