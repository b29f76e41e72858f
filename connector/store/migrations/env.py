"""Run the migrations on the connection that ``migration`` passes."""

from typing import Literal

from alembic import context

from connector.store.schema import METADATA, Kept, Plain


def _written(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own column types as what they are in the database: migrations outlive our code."""
    return "sa.Text()" if kind == "type" and isinstance(item, Kept | Plain) else False


# SQLite can roll back changes of tables once Python's own transaction control is off, as
# ``sqlite.py`` arranges; the caller's transaction then holds every step or none.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
    render_item=_written,
)
context.run_migrations()
