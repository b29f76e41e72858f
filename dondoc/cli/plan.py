"""`dondoc plan`: what the daemon would do now, to whom and why, and what another set changes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dondoc.cli.options import DEFAULT_CONFIG, At, Config, Json, located
from dondoc.cli.output import local_time, print_json, print_line, print_table
from dondoc.cli.session import Session, opened_by

if TYPE_CHECKING:
    from dondoc.services.difference_of_letters import Difference
    from dondoc.views.foreseen import ForeseenView
    from dondoc.views.intents import IntentView

_LOST = (
    "the configuration in force cannot be read any more, so nothing is compared; name the files "
    "that it was with --against"
)
_NO_LEDGER = (
    "there is no ledger at {}, so nothing is known of what was sent; for a copy of a configuration "
    "in use, name that one with --against"
)


def plan(
    config: Config = DEFAULT_CONFIG,
    at: At = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE",
            callback=lambda path: located(path) if path else None,
            help="Compare with this configuration instead of the one in force.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what would be sent now, to whom and why; nothing is recorded and nothing connects.

    What has to be written first is sent in the same turn; what has not been taken in is not known.
    A campaign whose directive has not come yet is shown with those who will get it; this needs no
    store.

    Where the files say something else than the configuration that the daemon works by, it is shown
    first what that changes: for whom, and what follows from it. So look before you put a changed
    configuration in the place of the one in force.

    Example: dondoc plan --config new/dondoc.yaml --at 2024-11-06
    """
    print_plan(config, at, against=against, as_json=as_json)


def print_plan(
    config: Path,
    at: datetime | None = None,
    *,
    against: Path | None = None,
    as_json: bool = False,
) -> None:
    """Print the plan of a configuration's store as of an instant, else of now."""
    from dondoc.bootstrap import has_store  # noqa: PLC0415
    from dondoc.services.turn import intents  # noqa: PLC0415
    from dondoc.views.foreseen import foreseen_views  # noqa: PLC0415
    from dondoc.views.intents import intent_views  # noqa: PLC0415
    from schedulers.calendar import local_day  # noqa: PLC0415

    with _compared(config, against, at) as (session, changed, lost):
        views = intent_views(session.app, intents(session.app, session.now))
        foreseen = foreseen_views(session.app, local_day(session.now))
    if as_json:
        _print_json(session, views, changed, foreseen)
        return
    if lost:
        print_line(_LOST)
    if not has_store(session.settings):
        print_line(_NO_LEDGER.format(session.settings.store.place))
    if changed is not None:
        _print_changed(changed)
    if foreseen:
        _print_foreseen(foreseen)
    _print_views(views)
    print_line(f"{len(views)} thing(s) to do at {local_time(session.now)}")


@contextmanager
def _compared(
    config: Path, against: Path | None, at: datetime | None
) -> "Iterator[tuple[Session, list[Difference] | None, bool]]":
    """Open the store by the set; yield what it changes, None for the one in force or a lost one."""
    from dondoc.services.configuration import in_force  # noqa: PLC0415
    from dondoc.services.difference import differences  # noqa: PLC0415
    from dondoc.settings.kept_set import as_if_at, kept_settings  # noqa: PLC0415
    from dondoc.settings.loaded import load_set  # noqa: PLC0415

    loaded = load_set(config)
    loaded.sound()
    old = load_set(against).sound() if against else None
    # Judged where it is to lie: a folder named after it would be another one.
    settings = as_if_at(loaded, old.path) if old else loaded.sound()
    placed = replace(settings, store=old.store) if old else settings
    with opened_by(placed, read_only=True, may_lack_store=True, at=at) as session:
        current = in_force(session.app.ledger)
        kept_as = current.digest if current and not old else None
        if current and kept_as and kept_as != loaded.digest:
            path = Path(current.path)
            old = kept_settings(path, session.app.evidence, kept_as)
            settings = as_if_at(loaded, path)
        lost = old is None and kept_as not in (None, loaded.digest)
        changed = differences(old, settings, session.app, session.now) if old else None
        yield session, changed, lost


def _print_json(
    session: Session,
    views: "list[IntentView]",
    changed: "list[Difference] | None",
    foreseen: "Sequence[ForeseenView]",
) -> None:
    document: dict[str, object] = {
        "at": session.now.isoformat(),
        "intents": views,
        "foreseen": foreseen,
    }
    if changed is not None:
        document["differences"] = [asdict(one) for one in changed]
    print_json(document)


def _print_changed(changed: "list[Difference]") -> None:
    if not changed:
        print_line("this configuration is another one, and changes nothing that is under way")
        return
    print_line("what changes when this configuration comes into force:")
    print_table(
        ("Change", "Round", "Office", "From", "To", "What follows"),
        [
            (
                one.subject,
                "/".join(filter(None, (one.campaign, one.round))),
                one.name,
                one.before,
                one.after,
                one.follows,
            )
            for one in changed
        ],
    )
    print_line(f"{len(changed)} change(s); with it in force:")


def _print_views(views: "list[IntentView]") -> None:
    if not views:
        return
    print_table(
        ("Do", "Round", "Office", "What", "By", "To", "Why"),
        [
            (
                view["intent"],
                "/".join(filter(None, (view["campaign"], view["round"]))),
                view["name"] or "",
                view["kind"] or "",
                view["channel"] or "",
                view["target"] or "",
                view["why"],
            )
            for view in views
        ],
    )


def _print_foreseen(views: "Sequence[ForeseenView]") -> None:
    print_table(
        ("When the directive comes", "Office", "Expected", "By", "To"),
        [
            (
                f"{view['campaign']}/{view['round']}",
                view["name"],
                view["expected"],
                view["channel"] or "NO DOOR",
                view["target"] or "",
            )
            for view in views
        ],
    )
    offices = len({(view["campaign"], view["office"]) for view in views})
    lost = sum(view["channel"] is None for view in views)
    without = f", {lost} without a door" if lost else ""
    print_line(f"{offices} office(s) wait for a directive{without}")
