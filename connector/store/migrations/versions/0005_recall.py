"""Keep what was taken back and revoked, and the versions of a directive."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("directives", sa.Column("version", WHOLE, nullable=False, server_default="1"))
    op.add_column("directives", sa.Column("former", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("directives", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("directives", sa.Column("replaced_at", sa.Text(), nullable=True))
    op.add_column("dispatches", sa.Column("edition", WHOLE, nullable=False, server_default="1"))
    op.add_column("dispatches", sa.Column("recalls", sa.Text(), nullable=True))
    op.create_table(
        "recalls",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "round", "office", name=op.f("pk_recalls")),
    )
    op.create_table(
        "revocations",
        sa.Column("revocation", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("document_ids", sa.Text(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("revocation", name=op.f("pk_revocations")),
    )
    with op.batch_alter_table("revocations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revocations_campaign"), ["campaign"], unique=False)
