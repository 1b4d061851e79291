"""The checkpoint of parts: what an attempt has spread its rows over, and made of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pydantic import BaseModel, ValidationError

from project.engine.checkpoint import FORMAT, boot, keep_file
from project.engine.parts import DONE, Done
from project.engine.plan import SPILL_FOLDER, SPREAD_FILE, Plan
from project.engine.progress import Spread


class _Kept(BaseModel):
    """A spread as it is kept: as long as the system runs that it was written under, for it is not synced."""

    format: int
    boot: str
    spread: Spread


def save_spread(folder: Path, spread: Spread) -> None:
    """Keep what the parts are, whose files are all written."""
    if running := boot():
        kept = _Kept(format=FORMAT, boot=running, spread=spread)
        keep_file(folder / SPREAD_FILE, kept.model_dump_json(), sync=False)


def take_spread(plan: Plan, work: str) -> Spread | None:
    """The parts of the earlier attempt, with their files and what was made of them in the plan's folder."""
    if plan.earlier is None:
        return None
    try:
        kept = _Kept.model_validate_json((plan.earlier / SPREAD_FILE).read_bytes())
        if (kept.format, kept.boot, kept.spread.work) != (FORMAT, boot(), work):
            return None
        _link_parts(kept.spread, plan.earlier / SPILL_FOLDER, plan.folder / SPILL_FOLDER)
    except (OSError, ValidationError):
        leave_parts(plan)
        return None
    return kept.spread


def are_there(spread: Spread, joined: int, plan: Plan) -> bool:
    """Whether all parts behind those that are joined have their files in the plan's folder."""
    folder = plan.folder / SPILL_FOLDER
    return all((folder / name).exists() for part in spread.parts[joined:] for name in part.files)


def leave_parts(plan: Plan) -> None:
    """Go on without the parts of the earlier attempt."""
    shutil.rmtree(plan.folder / SPILL_FOLDER)
    (plan.folder / SPILL_FOLDER).mkdir()


def _link_parts(spread: Spread, earlier: Path, folder: Path) -> None:
    """A part's file is never written again. One that is missing may have been joined."""
    for name in (name for part in spread.parts for name in part.files):
        if (earlier / name).exists():
            os.link(earlier / name, folder / name)
    for marked in sorted(earlier.glob(f"*/{DONE}")):
        made = folder / marked.parent.name
        made.mkdir()
        for name in (*Done.model_validate_json(marked.read_bytes()).files, DONE):
            os.link(marked.parent / name, made / name)
