"""Files: how they are to be read, where somebody has set that by hand.

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("files", sa.Column("choice", sa.Text(), nullable=True))
    op.add_column("files", sa.Column("choice_stamp", sa.String(80), nullable=True))


def downgrade() -> None:
    op.drop_column("files", "choice_stamp")
    op.drop_column("files", "choice")
