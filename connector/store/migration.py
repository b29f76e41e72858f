"""Bringing a store to the tables of this version.

A store only moves forward: there is no way down, restore a backup instead.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine

from connector.store.sqlite import WRITING
from domain.errors import StoreFailed

FOLDER = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Bring the store to the newest tables in one transaction; doing it again changes nothing.

    Raises ``StoreFailed`` when a newer Dondoc wrote the store.
    """
    config = _configuration(FOLDER)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreFailed(
                f"the ledger cannot be brought up to date ({error}); "
                "use the Dondoc version that wrote it, or a newer one"
            ) from error


def draft(engine: Engine, *, revision: str, message: str, folder: Path = FOLDER) -> None:
    """Write a migration from the tables of an upgraded store to those of ``schema.py``.

    For developers: read what was written, add changed triggers, which it does not see, and set
    ``REVISION`` in ``schema.py``.
    """
    config = _configuration(folder)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=message, rev_id=revision, autogenerate=True)


def _configuration(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
