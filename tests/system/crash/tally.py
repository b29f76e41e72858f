"""What all campaigns of a run came to together, by boundary."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.ids import DispatchId
from tests.system.crash.boundaries import RANDOM, boundaries, in_campaigns
from tests.system.crash.count import Account

ENOUGH = 400
"""Kills with which there must be one at each boundary that campaigns come to."""


@dataclass(kw_only=True)
class Tally:
    """``kills`` by boundary; ``cut`` and ``marked`` have the sendings that those kills cut off, and
    the letters among them of which a copy with the mark arrived. ``wanted`` are the boundaries that
    its campaigns come to.
    """

    wanted: frozenset[str] = in_campaigns()
    kills: Counter[str] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    cut: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    """Lost and duplicated sendings that a kill at the boundary had cut off."""
    campaigns: int = 0
    recipients: int = 0
    letters: int = 0
    packets: int = 0
    replies: int = 0
    lost: int = 0
    duplicated: int = 0
    marked_letters: int = 0
    asked: int = 0
    """Letters that stayed uncertain, and that a person decided about."""
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Return how often the daemon was killed."""
        return self.kills.total()

    @property
    def sound(self) -> bool:
        """Tell whether all is as it should be, and a long run has left no boundary out."""
        left_out = self.total >= ENOUGH and self.spared
        return not (self.lost or self.duplicated or self.wrong or left_out)

    @property
    def spared(self) -> list[str]:
        """Return the boundaries at which it should have been killed and was not."""
        return [name for name in boundaries() if name in self.wanted and not self.kills[name]]

    def add(self, account: Account, interrupted: Iterable[tuple[str, DispatchId]]) -> None:
        """Add a campaign's account; ``interrupted`` says which kill cut off which sending."""
        self.letters += account.letters
        self.packets += account.packets
        self.replies += account.replies
        self.lost += len(account.lost)
        self.duplicated += len(account.duplicated)
        self.marked_letters += len(account.marked)
        self.wrong += [*account.lost, *account.duplicated, *account.wrong]
        failed = {line.partition(":")[0] for line in (*account.lost, *account.duplicated)}
        for boundary, dispatch in interrupted:
            self.cut[boundary] += 1
            self.marked[boundary] += dispatch in account.marked
            self.failed[boundary] += dispatch in failed

    def line(self) -> str:
        """Return the closing line."""
        return (
            f"kills {self.total} lost {self.lost} duplicated {self.duplicated} "
            f"marked {self.marked_letters}"
        )

    def table(self) -> str:
        """Return the table of the boundaries at which it was killed, and name those that were not
        reached.
        """
        lines = [
            "| boundary | kills | sendings cut off | outcome |",
            "|---|---|---|---|",
            *(self._row(name) for name in (*boundaries(), RANDOM) if self.kills[name]),
        ]
        never = [name for name in self.spared if name not in self.reached]
        missed = [name for name in self.spared if name in self.reached]
        count = len(self.wanted)
        if never:
            lines += ["", f"Not reached in this run, of {count} boundaries: {_named(never)}."]
        else:
            lines += ["", f"All {count} boundaries were reached in this run."]
        if missed:
            lines += ["", f"Reached, and not killed at in this run: {_named(missed)}."]
        return "\n".join(lines)

    def _row(self, name: str) -> str:
        outcome = "each once"
        if self.marked[name]:
            outcome += f", {self.marked[name]} with a marked copy"
        if self.failed[name]:
            outcome = f"**{self.failed[name]} lost or duplicated**"
        return f"| {name} | {self.kills[name]} | {self.cut[name] or ''} | {outcome} |"


def _named(names: list[str]) -> str:
    """Return the names in a sentence, one for both sides of a step."""
    short = dict.fromkeys(name.rpartition(" ")[0] for name in names)
    return ", ".join(short)
