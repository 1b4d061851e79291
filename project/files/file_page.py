"""What all pages of one file have in common: which file it is, how its inspection stands, what can be done with it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from project import current


def render(template: str, file_id: str, **values: Any) -> str:
    """A page of the file; with `rename` in its address its name is being typed. Raises NotFoundError.

    Looking at a file that nobody has inspected begins its inspection, unless that is switched off.
    """
    catalogue = current.catalogue()
    catalogue.refresh_if_due()
    file = catalogue.get(file_id)
    status = current.inspecting().look(file)
    return render_template(
        template,
        **{
            "file": file,
            "use": catalogue.uses([file]).get(file.name),
            "status": status,
            "place": current.queue().place(status.job) if status.job else None,
            "inspection": status.inspection,
            "is_renaming": "rename" in request.args and file.deleted_at is None,
            **values,
        },
    )
