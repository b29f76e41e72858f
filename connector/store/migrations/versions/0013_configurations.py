"""Keep which configuration each daemon works by, and which offices it takes out of a round."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "configurations",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("adopted", _WHOLE, nullable=False),
        sa.Column("adopted_at", sa.Text(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("refused_at", sa.Text(), nullable=True),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_configurations")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("membership", sa.Text(), nullable=False, server_default="takes_part")
        )
        batch_op.add_column(sa.Column("membership_at", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("membership_why", sa.Text(), nullable=False, server_default="")
        )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.alter_column("membership", server_default=None)
        batch_op.alter_column("membership_why", server_default=None)
