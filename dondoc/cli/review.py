"""`dondoc review`: what waits for a person, and what the person decides."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import NotFound
from domain.ids import OfficeId, ReviewId
from domain.kinds import Decision, ReplyKind
from domain.state import ReviewState
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, By, Config, Json, Until
from dondoc.cli.output import local_time, print_json, print_line, print_table
from dondoc.cli.session import Session, opened

if TYPE_CHECKING:
    from dondoc.app import App

app = typer.Typer(no_args_is_help=True, help="See and decide what waits for a person.")

Name = Annotated[str, typer.Argument(metavar="ID", help="The review, such as R-1a2b3c4d.")]


@app.command("list")
def list_reviews(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """List what waits for a person, oldest first. Exits with 3 if anything does.

    Example: dondoc review list --config demo-out/dondoc.yaml
    """
    from dondoc.services.resolve import open_reviews  # noqa: PLC0415
    from dondoc.views.waiting import review_view  # noqa: PLC0415

    with opened(config, read_only=True) as session:
        reviews = open_reviews(session.app)
        rows = [_row(session.app, review) for review in reviews]
    if as_json:
        print_json({"reviews": [review_view(review) for review in reviews]})
    elif rows:
        print_table(("Review", "Since", "Kind", "Campaign", "Office", "Reason"), rows)
    else:
        print_line("nothing waits for a person")
    if reviews:
        raise typer.Exit(ExitCode.WAITING)


@app.command("show")
def show(
    name: Name,
    config: Config = DEFAULT_CONFIG,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="Also write the evidence there, as it came."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one review: the reason, whom it may concern, and where the evidence lies.

    Example: dondoc review show R-1a2b3c4d --save letter.eml --config demo-out/dondoc.yaml
    """
    from dondoc.views.waiting import review_view  # noqa: PLC0415

    with opened(config, read_only=True) as session:
        review = session.app.ledger.get(ReviewState, (ReviewId(name),))
        if review is None:
            raise NotFound(f"there is no review {name}; `dondoc review list` shows what waits")
        if save is not None:
            _save(session.app, review, save)
    if as_json:
        print_json(review_view(review))
    else:
        _print(session, review)


@app.command("resolve")
def resolve_review(
    name: Name,
    decision: Annotated[
        Decision,
        typer.Argument(
            metavar="DECISION",
            help="accept: count the reply, grant the time, replace or take back the directive; "
            "reject; waive: the office need not report; resend: to the address that the "
            "directory has now; noted.",
        ),
    ],
    by: By,
    config: Config = DEFAULT_CONFIG,
    office: Annotated[
        str | None, typer.Option("--office", metavar="ID", help="The office that is meant.")
    ] = None,
    counts_as: Annotated[
        ReplyKind | None, typer.Option("--as", help="What the reply counts as; else what it is.")
    ] = None,
    until: Until = None,
    note: Annotated[str, typer.Option("--note", help="Why; kept in the ledger.")] = "",
) -> None:
    """Decide a review. What follows from it is recorded at once; the daemon does the sending.

    Example: dondoc review resolve R-1a2b3c4d accept --by "Trần Thị Lan" --office xa-yen-son
    --as report
    """
    from dondoc.services.resolve import Resolution, resolve  # noqa: PLC0415

    resolution = Resolution(
        decision=decision,
        by=by,
        note=note,
        office=OfficeId(office) if office else None,
        counts_as=counts_as,
        until=until,
    )
    with opened(config) as session:
        review = resolve(session.app, name, resolution, session.now)
    print_line(f"{review.review} ({review.kind}) is resolved: {decision} by {by}")


def _row(app: "App", review: ReviewState) -> tuple[str, ...]:
    found = app.directory.get(review.office) if review.office else None
    office = found.name if found else review.office or ", ".join(review.candidates)
    since = local_time(review.opened_at)
    return (review.review, since, review.kind, review.campaign or "", office, review.reason)


def _save(app: "App", review: ReviewState, target: Path) -> None:
    if review.evidence is None:
        raise NotFound(f"review {review.review} has no evidence to save")
    content = app.evidence.get(review.evidence)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise typer.BadParameter(f"{target}: {error.strerror}") from error


def _print(session: Session, review: ReviewState) -> None:
    state = "open" if review.open else f"{review.decision} by {review.by}"
    print_line(f"{review.review}: {review.kind}, {state}")
    print_line(f"since:      {local_time(review.opened_at)}")
    print_line(f"reason:     {review.reason}")
    members = {
        "campaign:": "/".join(filter(None, (review.campaign, review.round))),
        "office:": review.office,
        "candidates:": ", ".join(review.candidates),
        "dispatch:": review.dispatch,
        "input:": review.raw,
        "note:": review.note,
    }
    for name, value in members.items():
        if value:
            print_line(f"{name:<11} {value}")
    if review.evidence:
        print_line(f"evidence:   sha256 {review.evidence} in {session.settings.store.evidence}")
        print_line(f"            dondoc review show {review.review} --save FILE writes it out")
