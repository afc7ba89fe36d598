"""The rules of the house that a script can hold: import order, heavy libraries, start-up weight."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "gristmill"

# From the ground up: a room may import the rooms named before it, and itself.
ROOMS = [
    "redaction",
    "errors",
    ("did_you_mean", "disk_faults", "time_in_words"),
    ("proto", "display"),
    "io",
    "engine",
    "metadata",
    "dsl",
    ("data_validation", "transform", "model_analysis", "serving"),
    "artifact_views",
    "components",
    "orchestration",
    "report",
    "compat",
    "cli",
]
FOLDERS_OF_ORCHESTRATION = ["stops", "fingerprints", "records", "reuse", "nodes", "runs", "plans"]  # likewise
FACADES = {"__init__", "extensions", "types", "utils", "testing"}  # gather names of several rooms for users

# Where a heavy library may be imported at the top of a module; inside a function it is lazy by nature.
HEAVY = {
    "tensorflow": ("io/tensors/", "transform/", "model_analysis/models/", "serving/", "templates/"),
    "tf_keras": ("io/tensors/", "transform/", "model_analysis/models/", "serving/", "templates/"),
    "keras": ("io/tensors/", "transform/", "model_analysis/models/", "serving/", "templates/"),
    "apache_beam": ("data_validation/beam/", "engine/beam/", "serving/beam/", "transform/beam/"),
    "pandas": (),
}
LIGHT_PACKAGES = [
    "gristmill",
    "gristmill.artifact_views",
    "gristmill.cli.main",
    "gristmill.compat",
    "gristmill.components",
    "gristmill.data_validation",
    "gristmill.display",
    "gristmill.dsl",
    "gristmill.engine",
    "gristmill.io",
    "gristmill.metadata",
    "gristmill.model_analysis",
    "gristmill.orchestration",
    "gristmill.orchestration.interactive",
    "gristmill.report",
    "gristmill.serving.inference",
]


def modules() -> list[Path]:
    return sorted(p for p in SOURCE.rglob("*.py") if not p.name.endswith("_pb2.py"))


def level(room: str) -> int | None:
    for number, rooms in enumerate(ROOMS):
        if room == rooms or (room in rooms and isinstance(rooms, tuple)):
            return number
    return None


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_level(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_room_imports_only_the_rooms_below_it(path: Path) -> None:
    room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    mine = level(room)
    if room in FACADES or mine is None:
        return
    for name in imported(ast.parse(path.read_text())):
        parts = name.split(".")
        if parts[0] != "gristmill" or len(parts) < 2:
            continue
        theirs = level(parts[1])
        assert parts[1] == room or theirs is None or theirs < mine, f"{room} must not import {name}"


@pytest.mark.parametrize("folder", FOLDERS_OF_ORCHESTRATION)
def test_a_folder_of_orchestration_imports_only_the_folders_before_it(folder: str) -> None:
    later = FOLDERS_OF_ORCHESTRATION[FOLDERS_OF_ORCHESTRATION.index(folder) + 1 :]
    for path in (SOURCE / "orchestration" / folder).glob("*.py"):
        for name in imported(ast.parse(path.read_text())):
            assert not name.startswith(tuple(f"gristmill.orchestration.{other}" for other in later)), f"{path}: {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_heavy_libraries_stay_in_their_own_folders(path: Path) -> None:
    place = path.relative_to(SOURCE).as_posix()
    for name in top_level(ast.parse(path.read_text())):
        library = name.split(".")[0]
        if library in HEAVY:
            assert place.startswith(HEAVY[library]), f"{place} imports {library} when it is loaded"


@pytest.mark.parametrize("package", LIGHT_PACKAGES)
def test_importing_a_package_loads_no_heavy_library(package: str) -> None:
    script = f"import sys, {package}; print(*sorted(set(sys.modules) & {set(HEAVY)!r}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_a_run_that_reuses_everything_loads_neither_arrow_nor_numpy_nor_another_databases_dialect() -> None:
    components = ("csv_example_gen", "statistics_gen", "schema_gen", "example_validator", "transform", "trainer")
    needed = [*(f"gristmill.components.{name}" for name in (*components, "evaluator", "pusher"))]
    needed += ["gristmill.cli.live", "gristmill.model_analysis", "gristmill.orchestration.local_dag_runner"]
    script = (
        f"import sys, {', '.join(needed)}\n"
        "from gristmill.metadata.sql.tables import tables_for\n"
        "tables_for('sqlite')\n"
        "print(*sorted(set(sys.modules) & {'numpy', 'pyarrow', 'sqlalchemy.dialects.postgresql'}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
