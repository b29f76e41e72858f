from collections.abc import Callable

import pytest

from domain.recent import Recent


def making(made: list[str], text: str) -> Callable[[], str]:
    def make() -> str:
        made.append(text)
        return text

    return make


def test_the_least_recently_used_is_made_again() -> None:
    made: list[str] = []
    recent = Recent[str, str](4, len)
    for text in ("aa", "bb", "aa", "cc", "aa", "bb"):
        assert recent.of(text, making(made, text)) == text
    assert made == ["aa", "bb", "cc", "bb"]


def test_what_is_larger_than_the_limit_is_kept_by_nobody() -> None:
    made: list[str] = []
    recent = Recent[str, str](4, len)
    for text in ("aa", "large", "aa", "large"):
        recent.of(text, making(made, text))
    assert made == ["aa", "large", "large"]


def test_what_cannot_be_made_is_tried_again() -> None:
    recent = Recent[str, str](4, len)

    def broken() -> str:
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        recent.of("a", broken)
    assert recent.of("a", lambda: "a") == "a"
