"""Commands that leave in one write where the server takes them so (PIPELINING, RFC 2920).

DATA may only stand last (section 3.1). It is not known then whether anybody will be accepted, so
the server may want the message although we do not send it: the connection is closed, which takes
back the whole transaction, where a lone dot would hand an empty message to those it accepted.
"""

import smtplib
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeAlias

from domain.errors import PeerRefused

Answer: TypeAlias = tuple[int, bytes]

GO_AHEAD = 354
"""The server wants the message now."""


class CommandGroup:
    """Some commands and their replies, which are asked for one by one in the same order.

    Without PIPELINING a command leaves when its reply is asked for, so that none is said after one
    that was refused. What nobody asked for is read when the block ends by a refusal.
    """

    def __init__(self, connection: smtplib.SMTP, commands: Sequence[str]) -> None:
        self._connection = connection
        self._together = connection.has_extn("pipelining")
        self._waiting = list(commands)
        if self._together:
            self._say(commands)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After every other error the connection is given up.
        if isinstance(error, PeerRefused) and self._together:
            self._read_on()

    def answer(self) -> Answer:
        """Return the reply to the next command; raises as smtplib does."""
        command = self._waiting.pop(0)
        if not self._together:
            self._say([command])
        return self._connection.getreply()

    def _say(self, commands: Sequence[str]) -> None:
        text = "".join(f"{command}{smtplib.CRLF}" for command in commands)
        self._connection.send(text.encode(self._connection.command_encoding))

    def _read_on(self) -> None:
        """Read the replies to what was said too much, so that the next command gets its own."""
        with suppress(OSError, smtplib.SMTPException):
            while self._waiting and self._connection.sock is not None:
                if self.answer()[0] == GO_AHEAD:
                    self._connection.close()
