"""The person at the desk, who gives commands while the daemon works.

A command that is killed is given again, and may then say that it was done already.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.system.crash.command import NAME, SAID, give
from tests.system.crash.daemon import own
from tests.system.crash.fleet import NURSERY
from tests.system.crash.place import Place

BY = "người trực (thử nghiệm)"
_LONGEST = 60.0
"""Seconds in which a command must end."""
_DONE_ALREADY = (
    "was resolved already",
    "only quarantined input can be released",
    "only a compiled version that waits can be approved",
)


@dataclass(kw_only=True)
class Desk:
    """Gives commands in a place. ``passes`` is asked for the aim of each, as for a daemon's, and
    ``ended`` is told what a command reached and whether it was killed.
    """

    place: Place
    passes: Callable[[], Mapping[str, int]]
    ended: Callable[[Sequence[str]], None]

    def decide(self, review: str, decision: str, *more: str) -> None:
        """Decide a review."""
        self.command("review", "resolve", review, decision, "--by", BY, *more)

    def command(self, *arguments: str) -> None:
        """Give a command until it was carried out; raises ``AssertionError`` when it fails."""
        killed = False
        while (code := self._code(arguments)) < 0:
            killed = True
        said = self._said()
        if code and not (killed and any(words in said for words in _DONE_ALREADY)):
            raise AssertionError(f"dondoc {' '.join(arguments)} ended with {code}\n{said[-2000:]}")

    def _code(self, arguments: Sequence[str]) -> int:
        folder = self.place.folder
        self.place.clock.keep(folder / "clock.json")
        aim = json.dumps(dict(self.passes()))
        (folder / own("aim.json", NAME)).write_text(aim, encoding="ascii")
        reached = folder / own("reached", NAME)
        for file in (reached, folder / SAID):
            file.write_text("", encoding="ascii")
        process = NURSERY.Process(target=give, args=(folder, arguments), daemon=True)
        process.start()
        process.join(_LONGEST)
        if process.exitcode is None:
            process.kill()
            raise AssertionError(f"dondoc {' '.join(arguments)} does not end\n{self._said()}")
        self.ended(reached.read_text(encoding="ascii").splitlines())
        return process.exitcode

    def _said(self) -> str:
        return (self.place.folder / SAID).read_text(encoding="utf-8", errors="replace")
