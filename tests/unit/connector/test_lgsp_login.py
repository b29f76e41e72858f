"""When a token of the provincial axis is renewed."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from connector.eoffice.lgsp_login import ASSUMED, Tokens, renewal

NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
AT = NOW.timestamp()


def jwt(**claims: object) -> str:
    packed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{packed}.signature"


@pytest.mark.parametrize(
    ("token", "after"),
    [
        (jwt(exp=AT + 1800), timedelta(minutes=29)),
        (jwt(exp=AT + 1800.5, iat=AT), timedelta(minutes=29, seconds=0.5)),
        # The axis's clock is an hour ahead or behind; its own two claims agree.
        (jwt(exp=AT + 5400, iat=AT + 3600), timedelta(minutes=29)),
        (jwt(exp=AT - 1800, iat=AT - 3600), timedelta(minutes=29)),
        (jwt(exp=AT + 10), timedelta(seconds=8)),
        (jwt(exp=AT - 5), ASSUMED - timedelta(minutes=1)),
        (jwt(exp=AT + 10**9), ASSUMED - timedelta(minutes=1)),
        (jwt(exp="soon"), ASSUMED - timedelta(minutes=1)),
        (jwt(exp=True), ASSUMED - timedelta(minutes=1)),
        (jwt(), ASSUMED - timedelta(minutes=1)),
        ("opaque", ASSUMED - timedelta(minutes=1)),
        ("a.b.c", ASSUMED - timedelta(minutes=1)),
        ("a.W10.c", ASSUMED - timedelta(minutes=1)),
        ("a.é.c", ASSUMED - timedelta(minutes=1)),
    ],
)
def test_a_token_is_renewed_before_it_expires(token: str, after: timedelta) -> None:
    assert renewal(token, NOW) == NOW + after


def test_a_token_is_kept_renewed_and_forgotten() -> None:
    moment = [NOW]
    given: list[str] = []

    def login() -> str:
        given.append(jwt(exp=moment[0].timestamp() + 1800, n=len(given)))
        return given[-1]

    tokens = Tokens(login, lambda: moment[0])
    assert tokens.known() == ""
    first = tokens.current()
    assert tokens.current() == first == tokens.known()
    moment[0] += timedelta(minutes=29)
    second = tokens.current()
    assert second != first
    tokens.forget(first)  # another thread found out late
    assert tokens.current() == second
    tokens.forget(second)
    assert tokens.current() != second
    assert len(given) == 3
