"""What imaplib and imapclient raise, said in the errors of the ports."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from connector.email.security import connection_advice
from domain.errors import PeerRefused, PeerUnavailable

# RFC 5530: the server cannot now; anything else in a NO is a refusal.
_LATER = ("[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]", "[LIMIT]")


@contextmanager
def translated(peer: str) -> Iterator[None]:
    """Raise ``PeerUnavailable`` or ``PeerRefused`` for whatever the libraries raise."""
    try:
        yield
    except imaplib.IMAP4.abort as error:
        raise PeerUnavailable(peer, str(error)) from error
    except CapabilityError as error:
        raise PeerUnavailable(peer, f"{error}; check port and security") from error
    except LoginError as error:
        if is_for_later(error):
            raise PeerUnavailable(peer, str(error)) from error
        raise PeerRefused(
            peer, "NO", "login refused; check user name and password of the account"
        ) from error
    except IMAPClientError as error:
        if not is_refusal(error):
            raise PeerUnavailable(peer, str(error)) from error
        raise PeerRefused(
            peer, "NO", f"{error}; check the mailbox name and the account's rights"
        ) from error
    except OSError as error:
        raise PeerUnavailable(peer, connection_advice(error)) from error
    except (KeyError, ValueError, TypeError, MemoryError) as error:
        # What imapclient raises for an answer that is no IMAP, or announces more than there is.
        raise PeerUnavailable(peer, "its answer cannot be understood") from error


def is_for_later(error: BaseException) -> bool:
    """Tell whether the server says that it cannot now."""
    return any(code in str(error).upper() for code in _LATER)


def is_refusal(error: BaseException) -> bool:
    """Tell a tagged NO, which is an answer, from a connection that cannot be trusted any more."""
    return (
        type(error) is imaplib.IMAP4.error and "failed: " in str(error) and not is_for_later(error)
    )


def shut(client: Any) -> None:
    """Cut a connection without a word; imapclient ships no types."""
    with suppress(OSError, IMAPClientError, AttributeError, ssl.SSLError):
        client.shutdown()
