"""The only daemon of its store: it holds everything, and nobody takes it for dead."""

import os
import secrets


class Alone:
    """The one worker of a store that a lock keeps others off; see ``Workers``."""

    def __init__(self) -> None:
        # Another one after each start, so that what an earlier one left is known as left.
        self._own = f"alone.{os.getpid()}-{secrets.token_hex(4)}"

    @property
    def own(self) -> str:
        """The life of this daemon."""
        return self._own

    def alive(self) -> frozenset[str]:
        """Return this one's life."""
        return frozenset({self._own})

    def beat(self) -> None:
        """Do nothing: nobody listens."""

    def bury(self) -> list[str]:
        """Return that nobody is dead."""
        return []

    def take(self, lease: str) -> bool:  # noqa: ARG002
        """Tell that it holds every lease."""
        return True

    def leave(self, lease: str) -> None:
        """Do nothing: nobody else wants it."""
