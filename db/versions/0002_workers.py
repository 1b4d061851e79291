"""Workers that can be seen, whose job it is by an ID that is never used again, and the queue in its order.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("worker_id", sa.String(36), nullable=True))
    for name, columns in (("ix_jobs_queue", ["updated_at", "number"]), ("ix_jobs_rung", ["rung_at"])):
        op.create_index(name, "jobs", columns, sqlite_where=_QUEUED, postgresql_where=_QUEUED)
    op.create_table(
        "workers",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("heartbeat_at", _TIME, nullable=False),
        sa.Column("hears_doorbell", sa.Boolean(), nullable=False),
        sa.Column("idle_since", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def downgrade() -> None:
    op.drop_table("workers")
    op.drop_index("ix_jobs_rung", "jobs")
    op.drop_index("ix_jobs_queue", "jobs")
    op.drop_column("jobs", "worker_id")
