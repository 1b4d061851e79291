"""What a file system refuses, as a sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from project.errors import DiskFullError, FailureError, NotFoundError


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Around what moves the file of that name. Raises NotFoundError, DiskFullError or FailureError."""
    try:
        yield
    except FileNotFoundError:
        raise NotFoundError(f"“{name}” is not there any more.") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError("The disk is full, so that not even a name can be written: make room first.") from error
        raise FailureError(f"The workspace cannot be written: {error.strerror or error}.", code="workspace") from error
