"""Stopping threads without cutting anything in two, and telling processes apart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from gristmill.orchestration.records.process_identity import ProcessIdentity, current_process
from gristmill.orchestration.records.run_records import last_run
from gristmill.orchestration.runs.schedule import Schedule
from gristmill.orchestration.stops.cancellation import Cancellation, Interrupted
from gristmill.orchestration.stops.stop_signals import stop_signals_raise, stop_signals_wait


def test_a_stop_ends_a_loop_that_never_asks() -> None:
    cancellation, entered, ended = Cancellation(), threading.Event(), []

    def loop() -> None:
        try:
            with cancellation.interruptible():
                entered.set()
                while True:
                    os.getpid()
        except Interrupted:
            ended.append("interrupted")

    thread = threading.Thread(target=loop)
    thread.start()
    entered.wait()
    cancellation.stop()
    thread.join()
    assert ended == ["interrupted"]


def test_nothing_is_raised_outside_the_interruptible_block() -> None:
    cancellation, left, stopped, ended = Cancellation(), threading.Event(), threading.Event(), []

    def work() -> None:
        with cancellation.interruptible():
            pass
        left.set()
        stopped.wait()
        ended.append(sum(range(10_000)))

    thread = threading.Thread(target=work)
    thread.start()
    left.wait()
    cancellation.stop()
    stopped.set()
    thread.join()
    assert ended == [49_995_000]


def test_a_stop_that_is_swallowed_still_ends_the_block() -> None:
    cancellation, entered, ended = Cancellation(), threading.Event(), []

    def stubborn() -> None:
        try:
            with cancellation.interruptible():
                try:
                    entered.set()
                    while True:
                        os.getpid()
                except BaseException:  # noqa: BLE001 - what a user's code might do
                    pass
        except Interrupted:
            ended.append("interrupted")

    thread = threading.Thread(target=stubborn)
    thread.start()
    entered.wait()
    cancellation.stop()
    thread.join()
    assert ended == ["interrupted"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_end_of_a_short_block_and_is_then_delivered(number: signal.Signals) -> None:
    done = []

    def work() -> None:
        with stop_signals_raise(), stop_signals_wait():
            signal.raise_signal(number)
            done.append("whole")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_at_the_very_end_of_a_run_leaves_a_complete_run_and_no_traceback(project, monkeypatch, caplog) -> None:  # type: ignore[no-untyped-def]
    from gristmill.metadata import MetadataStore
    from gristmill.orchestration.runs import run_walk

    def struck(*arguments: object) -> None:
        signal.raise_signal(signal.SIGINT)
        close_run(*arguments)  # type: ignore[arg-type]

    close_run = run_walk.close_run
    monkeypatch.setattr(run_walk, "close_run", struck)
    with pytest.raises(KeyboardInterrupt):
        project.run()
    assert not caplog.records
    with MetadataStore(project.store) as store:
        assert last_run(store, "diamond").state == "complete"  # type: ignore[union-attr]


def test_no_commit_begins_after_a_stop() -> None:
    cancellation = Cancellation()
    cancellation.stop()
    with pytest.raises(Interrupted), cancellation.committing():
        raise AssertionError("must not be reached")


def test_a_stop_waits_for_a_commit_that_has_begun() -> None:
    cancellation, order = Cancellation(), []
    with cancellation.committing():
        thread = threading.Thread(target=lambda: (cancellation.stop(), order.append("stopped")))
        thread.start()
        order.append("committed")
    thread.join()
    assert order == ["committed", "stopped"]


def test_this_process_is_alive_and_knows_itself() -> None:
    me = current_process()
    assert me.is_this_process()
    assert me.is_visible_from_here()
    assert me.is_alive()


def test_a_process_that_ended_is_dead_even_before_its_parent_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        me = current_process()
        from gristmill.orchestration.records import process_identity

        its = ProcessIdentity(me.host, me.machine, child.pid, process_identity._start_time(child.pid))
        assert its.is_alive()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and not yet reaped
        assert not its.is_alive()
    assert not its.is_alive()


def test_another_process_with_a_dead_ones_id_is_not_taken_for_it() -> None:
    me = current_process()
    assert not ProcessIdentity(me.host, me.machine, me.pid, "long ago").is_alive()


def test_a_schedule_takes_nodes_in_order_and_within_its_limit() -> None:
    started: list[str] = []
    upstream = {"a": [], "b": [], "c": ["a"], "d": ["b", "c"]}
    schedule = Schedule(upstream, str.upper, 1, started.append)
    assert list(schedule.walk()) == ["A", "B", "C", "D"]
    assert started == ["a", "b", "c", "d"]


def test_what_a_node_raises_by_mistake_is_raised_where_the_graph_is_walked() -> None:
    schedule = Schedule({"a": []}, int, 1, lambda node_id: None)
    with pytest.raises(ValueError, match="invalid literal"):
        list(schedule.walk())
