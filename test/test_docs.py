"""Every command, setting, variable and operation is documented, and what the documents point to exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from config.settings import Settings
from project.operations.conditions import Condition
from project.operations.measures import Function
from project.operations.recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN = (ROOT / "run").read_text(encoding="utf-8")
ENV = (ROOT / ".env.example").read_text(encoding="utf-8")
DOCUMENTS = sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

COMMANDS = re.findall(r"^([a-z][\w:-]*)\(\) \{\n( *# .+)?", RUN, re.MULTILINE)
VARIABLES = re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_there_are_commands_to_look_at() -> None:
    assert {"up", "process", "test:coverage", "redis-cli"} <= {name for name, _ in COMMANDS}


@pytest.mark.parametrize(("name", "comment"), COMMANDS)
def test_every_command_has_a_help_line_and_stands_in_the_readme(name: str, comment: str) -> None:
    assert comment, f"the first line of {name}() is its help"
    assert re.search(rf"\./run {re.escape(name)}(?![\w:-])", README), f"./run {name} is not in README.md"


def test_without_an_argument_all_commands_are_listed() -> None:
    listed = subprocess.run([ROOT / "run"], capture_output=True, text=True, check=True).stdout
    for name, comment in COMMANDS:
        assert re.search(rf"^  {re.escape(name)} +{re.escape(comment.strip(' #'))}$", listed, re.MULTILINE)


@pytest.mark.parametrize("name", ["nonsense", "_fail"])
def test_a_command_that_is_not_there_is_a_usage_error(name: str) -> None:
    done = subprocess.run([ROOT / "run", name], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"./run has no command '{name}'" in done.stderr


SETTINGS = {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(SETTINGS | set(VARIABLES)))
def test_every_setting_is_explained(name: str) -> None:
    blocks = [block for block in ENV.split("\n\n") if re.search(rf"^#?{name}=", block, re.MULTILINE)]
    assert blocks, f"{name} is not in .env.example"
    assert re.search(r"^# \S", blocks[0], re.MULTILINE), f"{name} is not explained in .env.example"


def test_every_operation_is_in_the_readme() -> None:
    schema = Recipe.model_json_schema()["properties"]["steps"]["items"]["discriminator"]["mapping"]
    assert schema
    for operation in schema:
        assert f"| `{operation}` |" in README


@pytest.mark.parametrize("word", [*get_args(Function), *Condition.model_json_schema()["properties"]["test"]["enum"]])
def test_every_function_and_test_of_the_operations_is_in_the_readme(word: str) -> None:
    assert f"`{word}`" in README


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_points_to_exists(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} points to {target}"


def test_every_decision_is_in_the_index_and_in_order() -> None:
    folder = ROOT / "docs" / "adr"
    titles = [path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for path in decisions(folder)]
    index = re.findall(r"^- \[(.+)\]\((.+)\)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert index == list(zip(titles, [path.name for path in decisions(folder)], strict=True))


def decisions(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_holds_a_merge_that_nobody_has_finished(path: Path) -> None:
    assert not re.search(r"^(<<<<<<< |>>>>>>> )", path.read_text(encoding="utf-8"), re.MULTILINE)
