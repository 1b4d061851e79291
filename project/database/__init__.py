"""The connection to the database: made when it is first used, never at import."""

from project.database.connection import Database
from project.database.models import Base

__all__ = ["Base", "Database"]
