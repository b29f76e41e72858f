"""`dondoc plan`: what the daemon would do now, to whom and why."""

from datetime import datetime
from pathlib import Path

from dondoc.cli.options import DEFAULT_CONFIG, At, Config, Json
from dondoc.cli.output import local_time, print_json, print_line, print_table
from dondoc.cli.session import opened


def plan(config: Config = DEFAULT_CONFIG, at: At = None, as_json: Json = False) -> None:
    """Show what would be sent now, to whom and why; nothing is recorded and nothing connects.

    What has to be written first is sent in the same turn; what has not been taken in is not known.

    Example: dondoc plan --at 2024-11-06 --config demo-out/dondoc.yaml
    """
    print_plan(config, at, as_json=as_json)


def print_plan(config: Path, at: datetime | None = None, *, as_json: bool = False) -> None:
    """Print the plan of a configuration's store as of an instant, else of now."""
    from dondoc.services.turn import intents  # noqa: PLC0415
    from dondoc.views.intents import intent_views  # noqa: PLC0415

    with opened(config, read_only=True, at=at) as session:
        views = intent_views(session.app, intents(session.app, session.now))
    if as_json:
        print_json({"at": session.now.isoformat(), "intents": views})
        return
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
