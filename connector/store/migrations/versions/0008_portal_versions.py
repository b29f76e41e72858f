"""Compare what a portal gave with each version of a directive."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("portals", sa.Column("version", WHOLE, nullable=False, server_default="1"))
    op.add_column("portals", sa.Column("lacking", sa.Text(), nullable=False, server_default="[]"))
    # The one version that was ever compared: written as the codec writes it.
    op.execute(
        r"""UPDATE portals SET lacking = '[{"at"\:"' || fetched_at || '","version"\:1}]' """
        "WHERE outcome = 'not_carried'"
    )
