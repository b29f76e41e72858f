"""What every fuzzer does: it begins from a seed, tries for a while, and keeps what it found."""

import hashlib
import random
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence

from bench.arguments import duration, usage
from bench.measure import OUT, Result, report


class Fuzzer(ABC):
    """Counts what happened and keeps what broke a promise, in files that end with ``suffix``."""

    suffix: str

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0
        self._kinds: set[str] = set()

    @abstractmethod
    def step(self) -> None:
        """Try one input, or several together."""

    def found(self, what: str, content: bytes) -> None:
        """Count a broken promise, and keep the first input of its kind."""
        self.counts["findings"] += 1
        if what in self._kinds:
            return
        self._kinds.add(what)
        OUT.mkdir(exist_ok=True)
        path = OUT / f"fuzz-{hashlib.sha256(content).hexdigest()[:12]}{self.suffix}"
        path.write_bytes(content)
        print(f"FOUND: {what}; see {path}", flush=True)


def fuzz(
    name: str,
    module: str,
    doc: str | None,
    begin: Callable[[int], Fuzzer],
    arguments: Sequence[str] | None,
) -> int:
    """Let the fuzzer that ``begin`` makes from a seed try as long as the command line says.

    The figures go into ``bench/out/NAME.json``. Returns 1 if a promise was broken, else 0.
    """
    options = usage(module, doc)
    options.add_argument("--seconds", type=duration, default=60.0, help="how long; 60 unless set")
    options.add_argument(
        "--seed", type=int, default=time.time_ns(), help="repeats an earlier run, which printed it"
    )
    chosen = options.parse_args(arguments)
    print(f"seed {chosen.seed}", flush=True)
    fuzzer = begin(chosen.seed)
    steps = 0
    end = time.monotonic() + chosen.seconds
    while time.monotonic() < end:
        fuzzer.step()
        steps += 1
    figures = {
        "steps": (float(steps), "inputs"),
        "findings": (0.0, "inputs"),
        "slowest": (fuzzer.slowest, "s"),
        "seconds": (chosen.seconds, "s"),
        **{what: (float(count), "inputs") for what, count in sorted(fuzzer.counts.items())},
    }
    report(Result(name=name, figures=figures, ratios={}))
    return int(fuzzer.counts["findings"] > 0)
