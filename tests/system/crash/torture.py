"""Campaigns one after the other until the daemon was killed often enough.

``python -m tests.system.crash.torture --kills 500 --store sqlite`` is the long run: it prints what
each campaign came to, writes its table, and ends with the one line. The table goes into
docs/reliability.md from 400 kills on or with ``--docs``, else into bench/out.
"""

import argparse
import logging
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dondoc import logs
from tests.checkout import ROOT
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.servers.s3 import S3
from tests.system.crash.boundaries import in_campaigns
from tests.system.crash.offices import Offices
from tests.system.crash.place import OFFICES_SYSTEM, Variant, opened_place
from tests.system.crash.story import Story
from tests.system.crash.tally import ENOUGH, Tally

RELIABILITY = ROOT / "docs" / "reliability.md"
OUT = ROOT / "bench" / "out"
_FEWEST, _MOST = 20, 100
"""Kills in one campaign of a run."""
_SHARE = 0.05
"""The least part of the boundaries that one daemon is aimed at; with enough kills it is all."""


def campaigns(
    kills: int,
    *,
    folder: Path,
    postfix: Postfix,
    postgresql: Postgresql | None = None,
    s3: S3 | None = None,
    recipients: int = 200,
    seed: int = 47,
    pairs: bool = False,
    troubled: bool = True,
    first: Sequence[str] = (),
    told: Callable[[str], None] = lambda _line: None,
) -> Tally:
    """Play campaigns with so many kills altogether, with the default and blind copies in turn.

    By default Postfix, which reports what it delivered, is asked for no copies.

    The ledger is in ``postgresql`` and the evidence in ``s3`` where that is given, and with
    ``pairs`` two workers share the ledger, of whom one is killed and not started again; the one
    that is left after the last kill plays the campaign out. With ``troubled`` two campaigns to
    offices that give trouble are played beside it. ``told`` gets a line after each campaign. Few
    kills aim at few boundaries at a time, so that they are spread over the campaigns; at those that
    come ``first`` each run kills, if it comes to them.
    """
    tally = Tally(wanted=in_campaigns(pairs=pairs))
    chance = random.Random(seed)
    each = min(_MOST, max(_FEWEST, kills // 2))
    while tally.total < kills and not tally.wrong:
        number = tally.campaigns + 1
        here = folder / f"campaign-{number}"
        here.mkdir()
        database = postgresql.new_database() if postgresql else None
        variant = Variant(
            copies=None if number % 2 else True,
            database=database,
            s3=s3,
            pairs=pairs,
            troubled=troubled,
        )
        began = time.monotonic()
        with (
            opened_place(here, postfix, recipients, variant) as place,
            place.client(OFFICES_SYSTEM) as client,
        ):
            Story(
                place=place,
                offices=Offices(place, client),
                tally=tally,
                kills=min(each, kills - tally.total),
                share=max(_SHARE, min(1.0, kills / ENOUGH)),
                chance=chance,
                first=first,
            ).play()
        copies = "with blind copies" if variant.copies else "with success reports"
        seconds = time.monotonic() - began
        told(f"campaign {number} {copies}, {seconds:.0f} s, so far: {tally.line()}")
    return tally


@contextmanager
def _servers(store: str) -> Iterator[tuple[Postfix, Postgresql | None]]:
    with ExitStack() as stack:
        dovecot = stack.enter_context(Dovecot())
        postfix = stack.enter_context(Postfix(dovecot))
        yield postfix, stack.enter_context(Postgresql()) if store == "postgresql" else None


def figures_and_table(tally: Tally) -> str:
    """Return what a run has come to, in Markdown."""
    figures = (
        f"{tally.campaigns} campaigns, {tally.recipients} recipients, {tally.letters} letters and "
        f"{tally.packets} documents at their receivers, {tally.replies} replies; "
        f"sendings that stayed uncertain and that a person decided: {tally.asked}.\n"
        f"`{tally.line()}`"
    )
    return f"{figures}\n\n{tally.table()}\n"


def write_table(store: str, made: str, *, docs: bool) -> Path:
    """Put a run's table into its place in docs/reliability.md, or into a file of its own."""
    if not docs:
        OUT.mkdir(exist_ok=True)
        path = OUT / f"torture-{store}.md"
        path.write_text(made, encoding="utf-8")
        return path
    begin, end = f"<!-- {store}: begin -->", f"<!-- {store}: end -->"
    text = RELIABILITY.read_text(encoding="utf-8")
    place = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    whole = place.sub(lambda _: f"{begin}\n{made}{end}", text)
    RELIABILITY.write_text(whole, encoding="utf-8")
    return RELIABILITY


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when nothing was lost, duplicated or wrong, nor left out of a long run, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--pairs", action="store_true", help="two workers; for postgresql only")
    parser.add_argument("--recipients", type=int, default=200)
    parser.add_argument("--seed", type=int, default=47)
    parser.add_argument("--docs", action="store_true", help="write the table of a short run, too")
    asked = parser.parse_args(arguments)
    logs.configure(level=logging.WARNING)
    with (
        tempfile.TemporaryDirectory(prefix="dondoc-crash-") as folder,
        _servers(asked.store) as (postfix, postgresql),
    ):
        tally = campaigns(
            asked.kills,
            folder=Path(folder),
            postfix=postfix,
            postgresql=postgresql,
            recipients=asked.recipients,
            seed=asked.seed,
            pairs=asked.pairs,
            told=lambda line: print(line, flush=True),  # noqa: T201
        )
    store = "workers" if asked.pairs else asked.store
    docs = asked.docs or tally.total >= ENOUGH
    path = write_table(store, figures_and_table(tally), docs=docs)
    print(f"the table is in {path.relative_to(ROOT)}")  # noqa: T201
    if tally.total >= ENOUGH and tally.spared:
        print(f"no kill at {', '.join(tally.spared)}", file=sys.stderr)  # noqa: T201
    for line in tally.wrong:
        print(line, file=sys.stderr)  # noqa: T201
    print(tally.line())  # noqa: T201
    return 0 if tally.sound else 1


if __name__ == "__main__":
    sys.exit(main())
