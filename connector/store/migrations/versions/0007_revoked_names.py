"""Look revocations up by name: what many units send must not slow the intake down.

Revocations that were recorded before have no names here: no released version recorded any.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revoked_names",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("revocation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "revocation", name=op.f("pk_revoked_names")),
    )
