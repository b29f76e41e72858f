"""`dondoc portal`: what the rules of a campaign's portal find, for whoever writes them."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import NotFound
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, Campaign, Config, Json
from dondoc.cli.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from dondoc.services.portal_trial import Trial


def portal(
    campaign: Campaign,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A list page that was saved as HTML; nothing is connected to.",
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Show what the rules find on the portal of a campaign; no file is fetched, nothing recorded.

    Exits with 1 when no file is found.

    Example: dondoc portal nq47 --page saved.html --config config/dondoc.yaml
    """
    trial = _tried(campaign, page, config)
    if as_json:
        print_json({"ok": trial.file is not None, **_members(trial)})
    else:
        _print(trial)
    if trial.file is None:
        raise typer.Exit(ExitCode.FAILED)


def _tried(campaign: str, page: Path | None, config: Path) -> "Trial":
    from domain.ids import CampaignId  # noqa: PLC0415
    from dondoc.bootstrap_accounts import portal_sites  # noqa: PLC0415
    from dondoc.services.portal_trial import try_page, try_portal  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    settings = load_settings(config)
    found = settings.campaigns.get(CampaignId(campaign))
    if found is None or found.portal is None:
        named = ", ".join(settings.portals) or "none"
        raise NotFound(f"no campaign {campaign!r} names a portal; those that do: {named}")
    with ExitStack() as stack:
        site = portal_sites(settings, stack)[found.id]
        if page is not None:
            return try_page(site, found.portal, page.read_bytes())
        return try_portal(site, found.portal)


# JSON has no narrower type in Python.
def _members(trial: "Trial") -> dict[str, object]:
    members = asdict(trial)
    for entry in (*members["listed"], *([members["entry"]] if members["entry"] else [])):
        entry["day"] = entry["day"].isoformat() if entry["day"] else None
    return members


def _print(trial: "Trial") -> None:
    if trial.listed:
        print_table(
            ("Number", "Date", "Title", "Leads to"),
            [
                (
                    entry.number,
                    entry.day.isoformat() if entry.day else "",
                    entry.title[:80],
                    entry.link or ", ".join(file.url for file in entry.files),
                )
                for entry in trial.listed
            ],
        )
    if trial.next:
        print_line(f"next page: {trial.next}")
    if trial.entry:
        print_line(f"document:  {trial.entry.number} {trial.entry.title[:80]}")
    for file in trial.files:
        print_line(f"file:      {file.base or file.name}  {file.url}")
    if trial.file:
        print_line(f"chosen:    {trial.file.base or trial.file.name}")
    else:
        print_line(f"no file:   {trial.problem}")
