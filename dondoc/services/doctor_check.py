"""What the doctor says about one thing that it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. ``advice`` is what to do when it is not ``ok``, ``details`` the list."""

    name: str
    ok: bool
    what: str
    advice: str = ""
    details: tuple[str, ...] = ()
