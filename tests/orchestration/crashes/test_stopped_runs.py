"""SIGTERM and Ctrl-C stop a run cleanly, whatever its nodes are at."""

from __future__ import annotations

import signal

import pytest

from gristmill.orchestration.stops.checkpoint import Point
from gristmill.proto.metadata_store_pb2 import Execution

from .site import FUNCTIONS, Site
from .test_killed_runs import PASSED, check_resumed, finished

SIGNALS = {"term": signal.SIGTERM, "int": signal.SIGINT}
COMMITTED = (Point.RENAMED, Point.PUBLISHED)  # a commit that has begun is brought to its end


@pytest.mark.parametrize("action", SIGNALS)
@pytest.mark.parametrize("point", PASSED, ids=lambda point: point.value)
def test_a_stop_at_any_point_of_a_node_is_clean_and_the_next_run_resumes(
    site: Site, undisturbed: dict[str, bytes], action: str, point: Point
) -> None:
    stopped = site.run("--chaos", f"{action}@left:{point.value}")
    assert stopped.code == 128 + SIGNALS[action], stopped.errors
    assert "Traceback" not in stopped.errors
    site.check_consistent()
    [run] = site.runs()
    states = site.states(run)
    assert (run.state, states["left"]) == ("canceled", "complete" if point in COMMITTED else "canceled")
    assert run.reason == ("stopped by Ctrl-C" if action == "int" else "stopped by SIGTERM")
    assert states["join"] == "canceled"
    before = finished(site)
    site.resume()
    check_resumed(site, before, undisturbed)


@pytest.mark.parametrize("where", ["imported:resolved", "imported:measured", "latest:resolved", "join:published"])
def test_a_stop_at_nodes_of_other_kinds_and_at_the_very_end_is_clean(
    site: Site, undisturbed: dict[str, bytes], where: str
) -> None:
    assert site.run("--chaos", f"term@{where}").code == 128 + signal.SIGTERM
    site.check_consistent()
    before = finished(site)
    site.resume()
    check_resumed(site, before, undisturbed)


LOOP = """
    import signal
    if not os.path.exists("stop.txt"):
        write(out, "half")
        Path("stop.txt").touch()
        os.kill(os.getpid(), signal.{name})
        while True: os.getpid()
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_an_executor_that_runs_is_interrupted_and_what_it_wrote_is_removed(
    site: Site, undisturbed: dict[str, bytes], name: str
) -> None:
    source = (site.folder / "pipeline.py").read_text()
    site.write("pipeline.py", source.replace('    note("left")', LOOP.format(name=name) + '    note("left")'))
    assert site.run().code == 128 + signal.Signals[name]
    site.check_consistent()
    canceled = [each for each in site.executions() if each.last_known_state == Execution.CANCELED]
    assert "left" in {each.custom_properties["gristmill_node"].string_value for each in canceled}
    before = finished(site)
    site.resume()
    check_resumed(site, before, undisturbed)


def test_a_stop_while_another_run_is_cleaned_up_leaves_the_rest_to_the_next(
    site: Site, undisturbed: dict[str, bytes]
) -> None:
    site.run("--chaos", "kill@left:staged")
    before = finished(site)
    assert site.run("--chaos", "term@left:swept").code == 128 + signal.SIGTERM
    site.resume()
    check_resumed(site, before, undisturbed)


@pytest.mark.parametrize("point", PASSED, ids=lambda point: point.value)
def test_an_exception_at_any_point_fails_the_node_and_takes_back_nothing_that_was_published(
    site: Site, undisturbed: dict[str, bytes], point: Point
) -> None:
    failed = site.run("--chaos", f"fail@left:{point.value}")
    assert (failed.code, failed.errors) == (1, f"gristmill: fail@left:{point.value} was asked for\n")
    site.check_consistent()
    [run] = site.runs()
    assert (run.state, site.states(run)["join"]) == ("failed", "blocked")
    before = finished(site)
    assert ("left" in before) == (point is Point.PUBLISHED)
    site.resume()
    check_resumed(site, before, undisturbed)
    assert site.calls().count("right") == 1
    assert set(site.calls()) == set(FUNCTIONS)
