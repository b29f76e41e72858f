"""Whether the OAuth 2.0 logins of our mail account still hold."""

from collections.abc import Callable

from domain.errors import DondocError, PeerUnavailable
from dondoc.app import MailDoor
from dondoc.services.doctor_check import Check


def examine_logins(door: MailDoor) -> list[Check]:
    """Get an access token for each server that is logged in to by one; it is renewed where due."""
    return [_examine(name, token) for name, token in door.logins.items()]


def _examine(server: str, token: Callable[[], str]) -> Check:
    name = f"login of {server}"
    try:
        token()
    except PeerUnavailable as error:
        advice = f"look at {server}.oauth; where a person logs in: `dondoc mail login`"
        what = f"{error.peer} is not available: {error.detail}"
        return Check(name=name, ok=False, what=what, advice=advice)
    except DondocError as error:
        advice = f"look at {server}.oauth"
        return Check(name=name, ok=False, what=str(error), advice=advice)
    return Check(name=name, ok=True, what="an access token can be had")
