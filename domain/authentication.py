"""Whether a mail's author wrote it: what vouches for the address that it names, if anything."""

from dataclasses import dataclass

from domain.reading import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """What is known of the address that a message names as its author.

    ``passed`` is True when something trusted vouches for it, False when something speaks against
    it, None when nothing is known. ``required`` tells that nothing known is not enough.
    """

    passed: bool | None = None
    required: bool = False
    reasons: tuple[Reason, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Tell whether the message may change no status by itself."""
        return self.passed is False or (self.required and self.passed is None)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Return what the reasons say."""
        return tuple(reason.evidence for reason in self.reasons)


UNKNOWN = Authentication()
"""Nothing was asked: the message came by a way that needs no such proof, or may prove nothing."""
