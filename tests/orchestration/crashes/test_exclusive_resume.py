"""Of several runners that would resume one run, exactly one does; the others say so and leave no trace."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator

import pytest

from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.heartbeat import SILENCE_SECONDS, now_ms
from gristmill.orchestration.run_settings import Caching
from gristmill.orchestration.stops.chaos import Chaos, Strike

from .site import FUNCTIONS, Command, Site
from .test_killed_runs import check_resumed, finished, kill

PAUSE = ("--chaos", "pause@join:staged")


def go_on(command: Command) -> None:
    os.kill(command.pid, signal.SIGCONT)


@pytest.fixture
def held(site: Site) -> Iterator[Command]:
    """Run 2, which resumes run 1 and is suspended while its last step runs."""
    kill(site, "join:staged")
    command = site.start("run", "pipeline.py", *PAUSE)
    command.wait_until_suspended()
    yield command
    if command.code is None:
        go_on(command)
        command.wait()


@pytest.mark.parametrize("repetition", range(4))
def test_of_runners_that_start_together_one_wins_and_the_others_leave_no_trace(
    site: Site, undisturbed: dict[str, bytes], repetition: int
) -> None:
    kill(site, "join:staged")
    before = finished(site)
    contenders = site.run_at_once(4, *PAUSE)  # the winner lives until it is told to go on
    losers = [site.first_ended(contenders) for _ in range(3)]
    [winner] = [each for each in contenders if each.pid not in {loser.pid for loser in losers}]
    told = f"run 1 of crashing is being resumed by run 2 (process {winner.pid} on {socket.gethostname()})"
    for loser in losers:
        assert (loser.code, loser.out) == (1, "")
        said = [
            line for line in loser.errors.splitlines() if "closed" not in line
        ]  # it may have cleaned up behind run 1
        assert said[0] == f"gristmill: {told}"
        assert said[1].startswith("  Hint: wait for its end; `gristmill run --no-cache`")
        assert len(said) == 2
    winner.wait_until_suspended()
    assert [(run.number, run.state, run.resumes) for run in site.runs()] == [(1, "failed", 0), (2, "running", 1)]
    go_on(winner)
    assert winner.wait().code == 0
    check_resumed(site, before, undisturbed)


@pytest.mark.parametrize("repetition", range(3))
def test_a_run_is_resumed_once_also_by_runners_that_find_it_resumed_and_ended(
    site: Site, undisturbed: dict[str, bytes], repetition: int
) -> None:
    kill(site, "left:renamed")
    before, calls = finished(site), len(site.calls())
    ended = [command.wait() for command in site.run_at_once(4)]
    assert 0 in {each.code for each in ended}
    for each in ended:
        assert each.code == 0 or "is being resumed by run" in each.errors, each.errors
    site.check_consistent()
    assert [run.resumes for run in site.runs()][:2] == [0, 1]
    assert set(site.states(site.runs()[1]).values()) <= {"complete", "cached"}
    assert sorted(site.calls()[calls:]) == sorted(set(FUNCTIONS) - before)
    assert site.outputs() == undisturbed


def test_when_the_one_that_resumes_dies_the_next_resumes_that(site: Site, undisturbed: dict[str, bytes]) -> None:
    kill(site, "left:staged")
    kill(site, "join:staged")
    before = finished(site)
    resumed = site.resume()
    check_resumed(site, before, undisturbed)
    assert resumed.out.splitlines()[0] == "crashing · run 3 · resumes run 2 · 6 steps · up to 2 at once"
    assert [run.resumes for run in site.runs()] == [0, 1, 2]
    site.resume()  # there is nothing to resume any more
    assert site.runs()[-1].resumes == 0


def test_which_run_a_run_resumes_is_listed(site: Site) -> None:
    kill(site, "left:staged")
    site.resume()
    listed = site.start("runs").wait().out.splitlines()
    assert listed[0].split() == ["run", "pipeline", "state", "started", "took", "resumes"]
    assert listed[1].rstrip().endswith("run 1")
    assert "· run 2 · resumes run 1 · complete" in site.start("show").wait().out
    assert '"resumes": 1' in site.start("show", "--json").wait().out


def test_a_plan_is_refused_as_the_run_would_be(site: Site, held: Command) -> None:
    planned, run = site.start("plan", "pipeline.py").wait(), site.run()
    assert (planned.code, planned.out, planned.errors) == (1, "", run.errors)
    assert "plan of run 3" in site.start("plan", "pipeline.py", "--no-cache").wait().out


def test_runs_that_ask_for_something_else_are_not_held_off(site: Site, held: Command) -> None:
    assert site.run().code == 1
    assert site.run("--no-cache").code == 0
    assert site.run("-p", "text=other").code == 0
    assert [run.resumes for run in site.runs()] == [0, 1, 0, 0]


def test_live_runs_of_one_pipeline_are_allowed_where_nothing_is_resumed(site: Site) -> None:
    paused = site.start("run", "pipeline.py", *PAUSE)
    paused.wait_until_suspended()
    site.resume()
    go_on(paused)
    assert paused.wait().code == 0
    assert [(run.state, run.resumes) for run in site.runs()] == [("complete", 0), ("complete", 0)]


def test_one_that_resumes_on_another_machine_is_believed_until_it_has_been_silent_for_long(
    site: Site, held: Command, undisturbed: dict[str, bytes]
) -> None:
    def rewrite(heartbeat: int) -> None:
        context = site.runs()[1].context
        context.custom_properties[names.MACHINE].string_value = "another boot, another namespace"
        context.custom_properties[names.HEARTBEAT].int_value = heartbeat
        with site.store() as store:
            store.put_contexts([context])

    rewrite(now_ms())
    refused = site.run()
    assert refused.code == 1
    assert "on another machine, ten minutes of silence count as its death" in refused.errors
    rewrite(now_ms() - round((SILENCE_SECONDS + 60) * 1000))
    before = finished(site)
    os.kill(held.pid, signal.SIGKILL)  # it lives no more, which nobody over here can see
    assert held.wait().code == -signal.SIGKILL
    site.resume()
    check_resumed(site, before, undisturbed)
    assert [run.resumes for run in site.runs()] == [0, 1, 2]


def test_with_the_cache_off_a_run_goes_on_from_all_that_the_runs_behind_it_finished(project) -> None:  # type: ignore[no-untyped-def]
    for strike in ("fail@join:staged", "fail@start:published"):  # the second fails where the first had long gone on
        with Chaos([Strike.parse(strike)]).listening():
            project.run(caching=Caching.PIPELINE)
    project.run(caching=Caching.PIPELINE)
    assert project.calls() == ["join"]
