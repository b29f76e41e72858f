"""Tell the sendings of the e-office from ours."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dispatches", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("followed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("dispatches", schema=None) as batch_op:
        batch_op.alter_column("followed", server_default=None)
