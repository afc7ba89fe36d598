"""A process that is slow, suspended or out of sight is not taken for dead."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from gristmill.metadata import MetadataStore
from gristmill.orchestration.records import heartbeat
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.heartbeat import SILENCE_SECONDS, now_ms
from gristmill.orchestration.runs.recovery import close_dead_runs, is_dead
from gristmill.proto.metadata_store_pb2 import Context, Execution

from .site import Site


def test_a_suspended_process_is_alive_and_goes_on_as_if_nothing_had_happened(
    site: Site, undisturbed: dict[str, bytes]
) -> None:
    paused = site.start("run", "pipeline.py", "--chaos", "pause@join:executed")
    paused.wait_until_suspended()
    with site.store() as store:
        assert close_dead_runs(store) == []
    assert site.start("runs").wait().errors == ""
    os.kill(paused.pid, signal.SIGCONT)
    assert paused.wait().code == 0
    site.check_consistent()
    assert site.outputs() == undisturbed


@pytest.mark.parametrize("machine", ["", "the same boot pid:[4026539999]", "another boot pid:[4026531836]"])
@pytest.mark.parametrize(("silent", "dead"), [(0, False), (SILENCE_SECONDS - 60, False), (SILENCE_SECONDS + 60, True)])
def test_a_process_out_of_sight_is_alive_until_it_was_silent_for_ten_minutes(
    machine: str, silent: float, dead: bool
) -> None:
    context = Context(name="run")
    context.custom_properties[names.HOST].string_value = "mill"
    context.custom_properties[names.MACHINE].string_value = machine
    context.custom_properties[names.PID].int_value = 1  # which is another process over here
    context.custom_properties[names.HEARTBEAT].int_value = now_ms() - round(silent * 1000)
    assert is_dead(context) is dead


def test_the_heart_beats_while_an_executor_is_inside_of_a_native_call(
    project,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    blocked = f'note("left")\n    with open({str(pipe)!r}) as pipe: pipe.read()  # returns when the other end is closed'
    project.edit("pipeline.py", 'note("left")', blocked)
    thread = threading.Thread(target=project.run)
    thread.start()
    with pipe.open("w"), MetadataStore(project.store) as store:  # opens when the executor is inside of its call
        seen: set[int] = set()
        while len(seen) < 3:
            seen |= {beat(each) for each in store.get_executions() if each.last_known_state == Execution.RUNNING}
    thread.join()
    assert project.calls() == ["join", "left", "right", "start"]


def beat(execution: Execution) -> int:
    return int(execution.custom_properties[names.HEARTBEAT].int_value)
