"""Rings of links are found once each, whatever else leads to them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.settings.check_succession import rings


@pytest.mark.parametrize(
    ("leads", "found"),
    [
        ({}, []),
        ({"a": ["b"], "b": []}, []),
        ({"a": ["b"], "b": ["a"]}, [("a", "b")]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, [("b", "c")]),
        ({"a": ["a"]}, []),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
        ({"a": ["x"], "b": ["c"], "c": ["b", "x"]}, [("b", "c")]),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, [("a", "b", "c")]),
    ],
)
def test_rings(leads: dict[str, list[str]], found: list[tuple[str, ...]]) -> None:
    assert rings(leads) == found


NAMES = st.sampled_from("abcdef")
GRAPHS = st.dictionaries(NAMES, st.lists(NAMES, max_size=3))


@given(GRAPHS)
def test_each_ring_is_one_and_none_is_overlooked(leads: dict[str, list[str]]) -> None:
    found = rings(leads)
    for ring in found:
        assert len(set(ring)) == len(ring) > 1
        assert all(after in leads[before] for before, after in pairwise((*ring, ring[0])))
    assert bool(found) is any(_leads_back(leads, start) for start in leads)


def _leads_back(leads: dict[str, list[str]], start: str) -> bool:
    """Walk from ``start`` by links to others, and tell whether it comes by there again."""
    seen: set[str] = set()
    ahead = [name for name in leads[start] if name != start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += [following for following in leads.get(name, []) if following != name]
    return start in seen


def test_a_long_line_is_followed_without_recursion() -> None:
    leads = {str(number): [str(number + 1)] for number in range(20_000)}
    assert rings(leads) == []
    assert len(rings({**leads, "20000": ["0"]})[0]) == 20_001
