"""Know the further mails of a letter, and what each mail carries."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dispatches", sa.Column("part_of", sa.Text(), nullable=True))
    op.add_column("dispatches", sa.Column("enclosure", sa.Text(), nullable=True))
