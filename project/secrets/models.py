"""The table of secrets; what is in it can be read with the key of this installation only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from project.database import Base
from project.database.clock import UtcDateTime, now


class StoredSecret(Base):
    """A header that goes to one host, by a name that recipes use."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    header: Mapped[str] = mapped_column(String(100))
    value: Mapped[str] = mapped_column(Text)
    """Encrypted."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now())
