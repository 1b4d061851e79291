"""Jobs that join and enrich: their other files, calls and pauses; reports of trials; secrets.

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("jobs", sa.Column("calls", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("paused_until", _TIME, nullable=True))
    op.add_column("jobs", sa.Column("paused_reason", sa.Text(), nullable=True))
    op.create_table(
        "job_tables",
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "step", name="pk_job_tables"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_tables_job_id_jobs", ondelete="CASCADE"),
    )
    op.create_index("ix_job_tables_name", "job_tables", ["name"])
    op.create_table(
        "trial_reports",
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_trial_reports"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_trial_reports_job_id_jobs", ondelete="CASCADE"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("header", sa.String(100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )


def downgrade() -> None:
    op.drop_table("secrets")
    op.drop_table("trial_reports")
    op.drop_index("ix_job_tables_name", "job_tables")
    op.drop_table("job_tables")
    op.execute("DELETE FROM jobs WHERE kind = 'trial'")
    op.drop_column("jobs", "paused_reason")
    op.drop_column("jobs", "paused_until")
    op.drop_column("jobs", "calls")
