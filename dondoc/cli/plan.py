"""`dondoc plan`: what the daemon would do now, to whom and why."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dondoc.cli.options import DEFAULT_CONFIG, At, Config, Json
from dondoc.cli.output import local_time, print_json, print_line, print_table
from dondoc.cli.session import opened

if TYPE_CHECKING:
    from dondoc.views.foreseen import ForeseenView


def plan(config: Config = DEFAULT_CONFIG, at: At = None, as_json: Json = False) -> None:
    """Show what would be sent now, to whom and why; nothing is recorded and nothing connects.

    What has to be written first is sent in the same turn; what has not been taken in is not known.
    A campaign whose directive has not come yet is shown with those who will get it; this needs no
    store.

    Example: dondoc plan --at 2024-11-06 --config demo-out/dondoc.yaml
    """
    print_plan(config, at, as_json=as_json)


def print_plan(config: Path, at: datetime | None = None, *, as_json: bool = False) -> None:
    """Print the plan of a configuration's store as of an instant, else of now."""
    from dondoc.services.turn import intents  # noqa: PLC0415
    from dondoc.views.foreseen import foreseen_views  # noqa: PLC0415
    from dondoc.views.intents import intent_views  # noqa: PLC0415
    from schedulers.calendar import local_day  # noqa: PLC0415

    with opened(config, read_only=True, may_lack_store=True, at=at) as session:
        views = intent_views(session.app, intents(session.app, session.now))
        foreseen = foreseen_views(session.app, local_day(session.now))
    if as_json:
        print_json({"at": session.now.isoformat(), "intents": views, "foreseen": foreseen})
        return
    if foreseen:
        _print_foreseen(foreseen)
    if views:
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
    print_line(f"{len(views)} thing(s) to do at {local_time(session.now)}")


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
