"""One tree of errors; each carries a code for programs and a sentence for people, and knows no HTTP."""

from __future__ import annotations


class RowmillError(Exception):
    """The root. `code` is stable and machine-readable; `message` says what is wrong, where, and what to do."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class SettingsError(RowmillError):
    """A setting is missing or cannot be used: the product does not start."""

    code = "bad_setting"


class InvalidInputError(RowmillError):
    """What a person or a program asked for cannot be done as asked: a bad name, recipe or dialect."""

    code = "invalid_input"


class MissingColumnError(InvalidInputError):
    """A step names a column that is not there. Carries the column and the columns that are."""

    code = "missing_column"

    def __init__(self, column: str, columns: tuple[str, ...], *, where: str = "the file", advice: str = "") -> None:
        shown = ", ".join(f"“{name}”" for name in columns[:12]) + (" …" if len(columns) > 12 else "")
        super().__init__(
            f"{where[0].upper()}{where[1:]} has no column “{column}”. Its columns are: {shown}.{advice}",
            field="recipe",
        )
        self.column = column
        self.columns = columns


class NotFoundError(RowmillError):
    """Nothing is known by that ID or name."""

    code = "not_found"


class ConflictError(RowmillError):
    """The thing asked for clashes with what is there now."""

    code = "conflict"


class ExistsError(ConflictError):
    """A file has that name already, and nobody has said what is to become of it."""

    code = "exists"


class LockedError(ConflictError):
    """Somebody else is at it right now."""

    code = "locked"


class TooLargeError(InvalidInputError):
    """More bytes than a limit allows, or than were announced."""

    code = "too_large"


class ChecksumError(InvalidInputError):
    """The bytes that came are not those that were sent: they have been thrown away."""

    code = "checksum"


class UnavailableError(RowmillError):
    """Something that Rowmill needs (a database, Redis) does not answer."""

    code = "unavailable"


class BeingPreparedError(UnavailableError):
    """What was asked for is being made. Carries in how many seconds it is worth asking again."""

    code = "being_prepared"

    def __init__(self, message: str, *, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class NoRoomError(UnavailableError):
    """Neither the disk nor the quota has room for what is to come."""

    code = "no_room"


class FailureError(RowmillError):
    """The work itself failed for a reason that trying again cannot mend: it ends the job."""

    code = "failed"


class DamagedInputError(FailureError):
    """The input cannot be read to its end: cut, corrupt, or a quote that is never closed."""

    code = "damaged_input"


class NotCsvError(DamagedInputError):
    """The input is of another kind: an image, a program, a page of HTML. `is_text`: its delimiter can still be set."""

    code = "not_csv"

    def __init__(self, message: str, *, is_text: bool = False) -> None:
        super().__init__(message)
        self.is_text = is_text


class LimitError(FailureError):
    """A limit was met; the sentence names the setting that moves it."""

    code = "limit"


class DiskFullError(FailureError):
    """The disk is full: nothing partial is left behind."""

    code = "disk_full"


class LedgerError(FailureError):
    """The counts do not balance: a row would be unaccounted for."""

    code = "ledger"
