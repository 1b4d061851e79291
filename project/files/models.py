"""The table of files: what is known of each file in the workspace beside its bytes, which the folder alone holds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from project.database import Base
from project.database.clock import UtcDateTime, now
from project.files.view import Origin

_LIVE = text("deleted_at IS NULL")
_ORIGINS = ", ".join(f"'{origin}'" for origin in Origin)


class File(Base):
    """One file that is in the folder, or in the trash, with the size, time and inode that it was last seen with."""

    __tablename__ = "files"
    __table_args__ = (
        CheckConstraint(f"origin IN ({_ORIGINS})", name="origin"),
        # In the folder, a name is one file's; in the trash there may be several that had it.
        Index("uq_files_name_live", "name", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_files_deleted_at", "deleted_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    """The name without its cases: what is searched and put in order."""
    size: Mapped[int] = mapped_column(BigInteger)
    modified: Mapped[int] = mapped_column(BigInteger)
    """Nanoseconds since 1970, as the file system tells them."""
    inode: Mapped[int] = mapped_column(BigInteger)

    origin: Mapped[str] = mapped_column(String(16), default=Origin.FOUND)
    job_id: Mapped[str | None] = mapped_column(String(36))
    """The job whose result it is; not tied to the table of jobs, which is another layer's."""
    source: Mapped[str | None] = mapped_column(Text)
    """The name that the job's input had."""

    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now())
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When facts were thrown away because its bytes are others; None once there are facts of these."""
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    rows: Mapped[int | None] = mapped_column(BigInteger)
    columns: Mapped[int | None] = mapped_column(Integer)
    rejects: Mapped[int | None] = mapped_column(BigInteger)
    dialect: Mapped[str | None] = mapped_column(Text)
    inspected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    facts_stamp: Mapped[str | None] = mapped_column(String(80))
    """The stamp of the file that these facts were found in."""

    choice: Mapped[str | None] = mapped_column(Text)
    """How it is to be read, as somebody has set it by hand, in JSON; None: as is found in it."""
    choice_stamp: Mapped[str | None] = mapped_column(String(80))
    """The stamp of the file that this was set for."""
