"""Pauses after refused logins grow, and end when something has changed."""

import pytest
from imapclient.exceptions import LoginError

from connector.email.login_pause import PAUSE_SECONDS, LoginPause


def refused(pause: LoginPause, secret: str, words: str = "[AUTHENTICATIONFAILED] wrong") -> None:
    pause.check(secret)
    with pytest.raises(LoginError, match=words[1:5]), pause.trying(secret):
        raise LoginError(words)


def test_each_refusal_makes_the_pause_longer_and_a_login_ends_them() -> None:
    now = [0.0]
    pause = LoginPause(lambda: now[0])
    for seconds in (*PAUSE_SECONDS, PAUSE_SECONDS[-1]):
        refused(pause, "a")
        now[0] += seconds - 1
        with pytest.raises(LoginError, match="after a pause"):
            pause.check("a")
        now[0] += 1
    with pause.trying("a"):
        pass
    refused(pause, "a")
    now[0] += PAUSE_SECONDS[0]
    pause.check("a")


def test_another_password_is_tried_at_once_and_begins_anew() -> None:
    now = [0.0]
    pause = LoginPause(lambda: now[0])
    refused(pause, "a")
    refused(pause, "b")
    now[0] += PAUSE_SECONDS[0]
    pause.check("b")


def test_a_server_that_cannot_now_has_refused_nothing() -> None:
    pause = LoginPause(lambda: 0.0)
    refused(pause, "a", "[UNAVAILABLE] later")
    pause.check("a")
