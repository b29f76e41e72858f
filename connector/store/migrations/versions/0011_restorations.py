"""Keep when the store was filled from a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restorations",
        sa.Column("restoration", sa.Text(), nullable=False),
        sa.Column("restored_at", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("restoration", name=op.f("pk_restorations")),
    )
