"""Telling the dead from the slow. What crashes leave behind is tested in ``crashes``."""

from __future__ import annotations

import signal
import subprocess
import sys

from gristmill.metadata import MetadataStore
from gristmill.orchestration.runs.recovery import close_dead_runs
from gristmill.orchestration.stops.checkpoint import Point
from gristmill.proto.metadata_store_pb2 import Execution

DRIVER = """
import os, signal, sys
from gristmill.dsl.user_module import load_user_module
from gristmill.orchestration import LocalDagRunner
from gristmill.orchestration.stops.checkpoint import Point, listen

node, point = sys.argv[2:4]

def kill(node_id, reached):
    if (node_id, reached.value) == (node, point):
        os.kill(os.getpid(), signal.SIGKILL)

listen(kill)
LocalDagRunner().run(load_user_module(sys.argv[1]).create_pipeline())
"""


def run_killed(project, node: str, point: Point) -> None:  # type: ignore[no-untyped-def]
    process = subprocess.run(
        [sys.executable, "-c", DRIVER, str(project.folder / "pipeline.py"), node, point.value], check=False
    )
    assert process.returncode == -signal.SIGKILL


def test_a_dead_execution_is_closed_with_a_reason(project) -> None:  # type: ignore[no-untyped-def]
    run_killed(project, "left", Point.STAGED)
    with MetadataStore(project.store) as store:
        said = close_dead_runs(store)
        dead = [e for e in store.get_executions() if e.last_known_state == Execution.FAILED]
        assert close_dead_runs(store) == []
    assert any("closed left of run 1: process" in sentence for sentence in said)
    assert all("died while it ran this" in e.custom_properties["gristmill_error"].string_value for e in dead)
    assert dead


SLOW = """
import sys
from gristmill.dsl.user_module import load_user_module
from gristmill.orchestration import LocalDagRunner
from gristmill.orchestration.stops.checkpoint import Point, listen

def wait(node_id, reached):
    if (node_id, reached) == ("left", Point.STAGED):
        print("staged", flush=True)
        sys.stdin.readline()

listen(wait)
LocalDagRunner().run(load_user_module(sys.argv[1]).create_pipeline())
"""


def start_slow(project) -> subprocess.Popen[str]:  # type: ignore[no-untyped-def]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(project.folder / "pipeline.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "staged\n"
    return process


def test_a_live_slow_step_is_not_swept_by_another_runner(project) -> None:  # type: ignore[no-untyped-def]
    with start_slow(project) as process:
        with MetadataStore(project.store) as store:
            assert close_dead_runs(store) == []
        project.run()
        process.communicate("\n")
    assert process.returncode == 0
    with MetadataStore(project.store) as store:
        states = {execution.last_known_state for execution in store.get_executions()}
    assert states <= {Execution.COMPLETE, Execution.CACHED}
