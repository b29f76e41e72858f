"""`dondoc backup`, `dondoc restore` and `dondoc store move`: the store as a whole."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import NotAllowed
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, Config, Json, located
from dondoc.cli.output import local_time, print_json, print_line

if TYPE_CHECKING:
    from dondoc.services.store_copy import Copied


def _folder(text: str) -> Path:
    """Return a folder; a variable that is not set is none, where ``Path`` would be the current."""
    if not text.strip():
        raise typer.BadParameter("name the folder of the backup; this is an empty text")
    return Path(text)


Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder of the backup.", parser=_folder)
]

store_app = typer.Typer(no_args_is_help=True, help="The store as a whole.")


@store_app.callback()
def _store() -> None:
    # A typer with one command would else be that command itself.
    pass


def backup(folder: Folder, config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Copy the ledger as it is at this moment, and all evidence that it names, into a folder.

    The daemon may go on working. Into the same folder again, only what is new of the evidence is
    copied, and the backup before stays good until this one is finished. Configuration and secrets
    are not in it: keep them as well, without the same token_key answers are not recognised.

    Exits with 1 when evidence is missing or damaged; everything else is copied.

    Example: dondoc backup /srv/backup/dondoc
    """
    from dondoc.bootstrap import SystemClock, backup_folder, open_store  # noqa: PLC0415
    from dondoc.services.backup import check_place  # noqa: PLC0415
    from dondoc.services.store_copy import copy_store  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    settings = load_settings(config)
    check_place(folder, settings.store)
    with (
        open_store(settings, read_only=True) as (ledger, evidence),
        backup_folder(folder).begun(SystemClock().now()) as new,
    ):
        copied = copy_store(ledger, evidence, new.ledger, new.evidence)
        new.finish(
            events=copied.events,
            contents=copied.contents,
            octets=copied.octets,
            missing=tuple(copied.missing),
        )
    _tell(copied, "backed up", as_json=as_json)


def restore(folder: Folder, config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Fill an empty store from a backup, once all of it was verified.

    What was sent after the backup was made is not in it. So the daemon looks for each letter in the
    mailbox before it sends it for the first time, and reads filed mail again.

    Example: dondoc restore /srv/backup/dondoc --config /etc/dondoc/dondoc.yaml
    """
    from dondoc.bootstrap import (  # noqa: PLC0415
        SystemClock,
        backup_folder,
        daemon_lock,
        open_store,
        store_mark,
    )
    from dondoc.services.backup import check_backup, mark_anew, restored  # noqa: PLC0415
    from dondoc.services.store_copy import restore_store  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    settings = load_settings(config)
    place = backup_folder(folder)
    listed = place.listed()
    with place.opened(listed) as (old, contents), daemon_lock(settings):
        check_backup(old, contents, listed.missing)
        with open_store(settings, create=True) as (ledger, evidence):
            last = partial(restored, listed.made_at, SystemClock().now())
            copied = restore_store(old, contents, ledger, evidence, last)
            mark_anew(ledger, store_mark(settings))
    if not as_json:
        print_line(f"restored what was backed up at {local_time(listed.made_at)}")
    _tell(copied, "restored", as_json=as_json)


@store_app.command(short_help="Move a SQLite ledger to another database.")
def move(
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="FILE",
            callback=located,
            help="The configuration that names the new store.",
        ),
    ],
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Move the store, with whatever is under way in it, to that of another configuration.

    Stop the daemon first, and start none on the new store meanwhile: where one works, nothing is
    moved. The evidence may stay where it is, if both name the same folder. The old ledger is kept
    but refuses to be used from then on, so that nothing is sent from both. One that was cut off is
    completed by giving the command again.

    Example: dondoc store move --config /etc/dondoc/dondoc.yaml --to /etc/dondoc/postgresql.yaml
    """
    from dondoc.bootstrap import (  # noqa: PLC0415
        SystemClock,
        daemon_lock,
        move_notes,
        open_store,
        store_mark,
    )
    from dondoc.services.backup import mark_anew  # noqa: PLC0415
    from dondoc.services.store_copy import (  # noqa: PLC0415
        complete_store,
        holds_all,
        move_store,
    )
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    old, new = load_settings(config), load_settings(to)
    if not isinstance(old.store.database, Path):
        raise NotAllowed("only a SQLite ledger is moved; use dondoc backup and dondoc restore")
    with ExitStack() as stack:
        stack.enter_context(daemon_lock(old))
        same_folder = new.store.folder == old.store.folder
        if not (same_folder and isinstance(new.store.database, Path)):
            # Other machines know nothing of a folder: a worker may begin on the new database.
            stack.enter_context(daemon_lock(new, folder_held=same_folder))
        there, notes = new.store.place, move_notes(old.store.database)
        ledger, evidence = stack.enter_context(open_store(old, read_only=True, moving_to=there))
        target, place = stack.enter_context(open_store(new, create=True))
        if notes.is_moving() and holds_all(ledger, target):
            copied = complete_store(ledger, evidence, place)
        else:
            copied = move_store(ledger, evidence, target, place, lambda: notes.begin(there))
        mark_anew(target, store_mark(new))
        notes.end(there, SystemClock().now())
    _tell(copied, f"moved to {there}", as_json=as_json)


def _tell(copied: "Copied", done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "events": copied.events,
                "contents": copied.contents,
                "octets": copied.octets,
                "missing": list(copied.missing),
            }
        )
    else:
        print_line(f"{done}: {copied.events} events, {copied.contents} contents")
        for line in copied.missing.values():
            print_line(f"missing: {line}")
    if copied.missing:
        raise typer.Exit(ExitCode.FAILED)
