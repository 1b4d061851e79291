"""Jobs that inspect a file: their kind, and the version of the file that they are about.

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INSPECTION = sa.text("kind = 'inspection'")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("kind", sa.String(16), nullable=False, server_default="recipe"))
    op.add_column("jobs", sa.Column("version", sa.String(64), nullable=True))
    op.create_index(
        "ix_jobs_inspections",
        "jobs",
        ["output", "number"],
        sqlite_where=_INSPECTION,
        postgresql_where=_INSPECTION,
    )


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind = 'inspection'")
    op.drop_index("ix_jobs_inspections", "jobs")
    op.drop_column("jobs", "version")
    op.drop_column("jobs", "kind")
