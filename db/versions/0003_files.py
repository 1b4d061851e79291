"""Files: what is known of each file in the workspace.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_LIVE = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("job_id", sa.String(36), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=True),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("deleted_at", _TIME, nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("columns", sa.Integer(), nullable=True),
        sa.Column("rejects", sa.BigInteger(), nullable=True),
        sa.Column("dialect", sa.Text(), nullable=True),
        sa.Column("inspected_at", _TIME, nullable=True),
        sa.Column("facts_stamp", sa.String(80), nullable=True),
        sa.CheckConstraint("origin IN ('found', 'uploaded', 'result')", name="origin"),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_index("uq_files_name_live", "files", ["name"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.create_index("ix_files_deleted_at", "files", ["deleted_at"])


def downgrade() -> None:
    op.drop_table("files")
