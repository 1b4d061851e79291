"""The remark that goes with a file which has just come, where nothing in it can be read as rows."""

from __future__ import annotations

from project.engine.detect import detect
from project.errors import DamagedInputError
from project.files.uploads.upload import Upload
from project.files.workspace import Workspace


def remark_on(workspace: Workspace, upload: Upload) -> str:
    """One sentence, by the first bytes of the file that the upload has become; "" where these may well hold rows, where
    there is no file yet, or an empty one, or one that cannot be looked at."""
    if upload.file is None or not upload.length:
        return ""
    try:
        detect(workspace.folder / upload.file)
    except OSError:
        return ""
    except DamagedInputError as error:
        return error.message
    return ""
