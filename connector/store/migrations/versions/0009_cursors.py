"""Keep how far a mailbox was read as its adapter gave it: not every server numbers messages."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cursors", sa.Column("cursor", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE cursors SET cursor = validity || '\\:' || uid")
    with op.batch_alter_table("cursors", schema=None) as batch_op:
        batch_op.alter_column("cursor", server_default=None)
        batch_op.drop_column("validity")
        batch_op.drop_column("uid")
