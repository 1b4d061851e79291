"""Gives a file another name without ever replacing what has that name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

# File systems that know no hard links say so in one of these ways.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)


def move(source: Path, target: Path) -> None:
    """Rename, in one file system. Raises FileExistsError if anything has the new name, and other kinds of OSError."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        os.rename(source, target)
        return
    os.unlink(source)
