"""Processes that are killed in a step, and processes that share a store and a root."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import list_runs
from gristmill.orchestration.interactive import InteractiveContext
from gristmill.orchestration.stops.checkpoint import Point
from gristmill.proto.metadata_store_pb2 import Execution

KILLED = """
import os, signal, sys
from gristmill.dsl.user_module import load_user_module
from gristmill.orchestration.stops.checkpoint import listen
from gristmill.orchestration.interactive import InteractiveContext

module, root, point = sys.argv[1:]
steps = load_user_module(module)
context = InteractiveContext("notes", root)
first = steps.start(text="hello")
context.run(first)

def kill(node_id, reached):
    if reached.value == point:
        os.kill(os.getpid(), signal.SIGKILL)

listen(kill)
context.run(steps.louder(model=first.outputs["model"]))
"""
SHARING = """
import sys
from gristmill.dsl.user_module import load_user_module
from gristmill.orchestration.interactive import InteractiveContext

module, root, name = sys.argv[1:]
steps = load_user_module(module)
context = InteractiveContext("notes", root)
for number in range(3):
    first = steps.start(text=f"{name} {number}")
    context.run(first)
    louder = steps.louder(model=first.outputs["model"])
    result = context.run(louder)
    with open(result.outputs["out"][0].uri + "/payload.txt") as file:
        assert file.read() == f"{name} {number}".upper()
"""


def payloads(root: Path) -> set[str]:
    return {str(path) for path in root.rglob("payload.txt")}


@pytest.mark.parametrize("point", [each for each in Point if each is not Point.SWEPT], ids=lambda point: point.value)
def test_a_context_after_a_killed_one_closes_it_and_goes_on(point: Point, tmp_path: Path, steps: ModuleType) -> None:
    root = tmp_path / "root"
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "steps.py"), str(root), point.value]
    assert subprocess.run(arguments, check=False, capture_output=True).returncode == -signal.SIGKILL
    context = InteractiveContext("notes", root)
    with MetadataStore(context.metadata_connection_config) as store:
        states = {execution.last_known_state for execution in store.get_executions()}
        uris = {artifact.uri for artifact in store.get_artifacts()}
        assert [run.state for run in list_runs(store)] == ["failed"]
    assert Execution.RUNNING not in states
    assert payloads(root) == {os.path.join(uri, "payload.txt") for uri in uris}
    first = steps.start(text="hello")
    assert context.run(first).state.value == "cached"
    result = context.run(steps.louder(model=first.outputs["model"]))
    assert result.state.value == ("cached" if point is Point.PUBLISHED else "complete")
    assert (Path(result.outputs["out"][0].uri) / "payload.txt").read_text() == "HELLO"


def test_processes_may_share_a_store_a_root_and_a_name(tmp_path: Path, steps: ModuleType) -> None:
    root = tmp_path / "root"
    (tmp_path / "pipeline.py").write_text(
        "import steps\n"
        "from gristmill.dsl import Pipeline\n"
        "first = steps.start(text='by hand 1')\n"
        "louder = steps.louder(model=first.outputs['model'])\n"
        f"pipeline = Pipeline('notes', {str(root)!r}, components=[first, louder], enable_cache=True)\n"
    )
    module = str(tmp_path / "steps.py")
    commands = [
        [sys.executable, "-c", SHARING, module, str(root), "one"],
        [sys.executable, "-c", SHARING, module, str(root), "two"],
        [str(Path(sys.executable).with_name("gristmill")), "run", "pipeline.py"],
    ]
    started = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for command in commands
    ]
    for process in started:
        told, _ = process.communicate()
        assert process.returncode == 0, told
        assert "died" not in told
    with MetadataStore(str(root / "metadata.sqlite")) as store:
        assert sorted(run.number for run in list_runs(store)) == [1, 2, 3]
        assert {run.state for run in list_runs(store)} == {"complete"}
        assert payloads(root) == {os.path.join(artifact.uri, "payload.txt") for artifact in store.get_artifacts()}
