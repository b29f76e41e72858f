"""The file in which an OAuth 2.0 login outlives the process: for its owner's eyes only.

It holds what msal keeps: access and refresh tokens. Issuers give a new refresh token at each
renewal and end the old one, so processes must renew one after the other and none may write half
a file.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import msal
import structlog

from domain.errors import StoreFailed

log = structlog.get_logger(__name__)


class TokenFile:
    """One login's file; a lock beside it keeps processes and threads apart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard = path.with_name(f"{path.name}.lock")

    def __repr__(self) -> str:
        return f"TokenFile({str(self.path)!r})"

    @contextmanager
    def open(self, cache: msal.SerializableTokenCache) -> Iterator[None]:
        """Fill a cache with what is kept, and keep what became of it; waits for other holders.

        Raises ``StoreFailed`` when the folder cannot be used. That the file cannot be written
        afterwards is logged only: the tokens are good as long as this process lives.
        """
        with self._locked():
            cache.deserialize(self._text())
            cache.has_state_changed = False
            try:
                yield
            finally:
                if cache.has_state_changed:
                    self._keep(cache.serialize)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            lock = os.open(self._guard, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            reason = f"{self._guard} cannot be opened: {error.strerror}"
            raise StoreFailed(reason) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _text(self) -> str | None:
        """Return what is kept; nothing when it is damaged, and then one must log in again."""
        try:
            text = self.path.read_text(encoding="utf-8")
            if not isinstance(json.loads(text), dict):
                raise ValueError
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("mail_login_unreadable", file=self.path.name, reason=type(error).__name__)
            return None
        return text

    def _keep(self, serialize: Callable[[], str]) -> None:
        try:
            # NamedTemporaryFile gives mode 0600 from the first octet.
            with NamedTemporaryFile(
                "w", encoding="utf-8", dir=self.path.parent, prefix=".login-", delete=False
            ) as stream:
                try:
                    stream.write(serialize())
                    stream.flush()
                    os.fsync(stream.fileno())
                    os.replace(stream.name, self.path)
                except BaseException:
                    os.unlink(stream.name)
                    raise
            _settle(self.path.parent)
        except OSError as error:
            log.warning("mail_login_not_kept", file=self.path.name, reason=error.strerror)


def _settle(folder: Path) -> None:
    """Make the name durable: issuers have ended the refresh token that stood under it before."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
