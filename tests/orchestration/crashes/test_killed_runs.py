"""A run that is killed, at each named point of each node, leaves a store and files from which the next run goes on."""

from __future__ import annotations

import signal
import socket
from collections.abc import Collection

import pytest

from gristmill.orchestration.nodes.importer_life import IMPORTER_POINTS
from gristmill.orchestration.nodes.resolver_life import RESOLVER_POINTS
from gristmill.orchestration.stops.checkpoint import Point
from gristmill.proto.metadata_store_pb2 import Execution

from .site import FUNCTIONS, Ended, Site

PASSED = [point for point in Point if point is not Point.SWEPT]
MATRIX = [
    *[("imported", point) for point in IMPORTER_POINTS],
    *[("latest", point) for point in RESOLVER_POINTS],
    *[(node_id, point) for node_id in FUNCTIONS for point in PASSED],
]
DONE = {"complete", "cached"}


def kill(site: Site, where: str) -> Ended:
    killed = site.run("--chaos", f"kill@{where}")
    assert killed.code == -signal.SIGKILL, killed.errors
    return killed


def finished(site: Site) -> set[str]:
    """The nodes whose work lies in the store."""
    return {id for run in site.runs() for id, state in site.states(run).items() if state in DONE}


def check_resumed(site: Site, before: Collection[str], undisturbed: dict[str, bytes]) -> None:
    """The last run repeated nothing of what was finished before, did all the rest, and came to the right end."""
    site.check_consistent()
    expected = {"imported": "complete", **dict.fromkeys(FUNCTIONS, "complete"), **dict.fromkeys(before, "cached")}
    [*_, last] = site.runs()
    assert site.states(last) == {**expected, "latest": "complete"}  # a resolver looks anew in every run
    assert site.outputs() == undisturbed


@pytest.mark.parametrize(("node_id", "point"), MATRIX, ids=[f"{node}-{point.value}" for node, point in MATRIX])
def test_a_run_killed_at_any_point_of_any_node_is_closed_and_resumed(
    site: Site, undisturbed: dict[str, bytes], node_id: str, point: Point
) -> None:
    killed = kill(site, f"{node_id}:{point.value}")
    before, calls = finished(site), site.calls()
    open_ids = [each.id for each in site.executions() if each.last_known_state == Execution.RUNNING]
    site.resume()
    check_resumed(site, before, undisturbed)
    assert sorted(site.calls()[len(calls) :]) == sorted(set(FUNCTIONS) - before)
    died = f"process {killed.pid} on {socket.gethostname()} died while it ran this"
    assert (site.runs()[0].state, site.runs()[0].reason) == ("failed", died)
    closed = [each for each in site.executions() if each.id in open_ids]
    assert {each.last_known_state for each in closed} <= {Execution.FAILED}
    assert {each.custom_properties["gristmill_error"].string_value for each in closed} <= {died}


def test_any_command_finds_the_store_of_a_first_run_that_was_killed_and_closes_it(site: Site) -> None:
    killed = kill(site, "left:staged")
    runs = site.start("runs").wait()
    assert runs.code == 0
    assert f"closed left of run 1: process {killed.pid} on" in runs.errors
    assert runs.out.splitlines()[1].split()[:3] == ["1", "crashing", "failed"]
    site.check_consistent()


@pytest.mark.parametrize("point", [Point.REGISTERED, Point.STAGED, Point.EXECUTED, Point.RENAMED])
def test_a_process_killed_while_it_cleans_up_behind_another_leaves_the_rest_to_the_next(
    site: Site, undisturbed: dict[str, bytes], point: Point
) -> None:
    kill(site, f"left:{point.value}")
    before = finished(site)
    kill(site, "left:swept")
    assert len(site.runs()) == 1  # the second came no further
    site.resume()
    check_resumed(site, before, undisturbed)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("generate:renamed", "generate:renamed"),
        ("left:published", "left:published"),  # where left is reused
        ("left:executed", "join:renamed"),
        ("join:staged", "join:published"),
        ("join:renamed", "latest:resolved"),
    ],
)
def test_a_run_that_is_killed_while_it_resumes_is_resumed(
    site: Site, undisturbed: dict[str, bytes], first: str, second: str
) -> None:
    kill(site, first)
    kill(site, second)
    before = finished(site)
    site.resume()
    check_resumed(site, before, undisturbed)
    assert [run.state for run in site.runs()] == ["failed", "failed", "complete"]
