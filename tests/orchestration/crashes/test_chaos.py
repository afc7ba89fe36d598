"""`gristmill run --chaos`: what cannot happen is refused, and what did not happen is told."""

from __future__ import annotations

import signal

import pytest

from gristmill.orchestration.stops.chaos import Strike

from .site import Site

RETRIES = """
from gristmill.dsl.node_options import NodeExecutionOptions
l.execution_options = NodeExecutionOptions(max_execution_retries=2)
"""


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("kil@left:staged", "'kil' is none of the actions", "did you mean 'kill'?"),
        ("explode@left:staged", "'explode' is none of the actions", "actions: fail, int, kill, pause, term"),
        ("kill@left:stagd", "'stagd' is none of the points", "did you mean 'staged'?"),
        ("kill@lft:staged", "the pipeline 'crashing' has no node 'lft'", "did you mean 'left'?"),
        ("kill@left", "what is to happen is given as ACTION@NODE:POINT", "for example kill@Trainer:staged."),
        ("kill@:staged", "what is to happen is given as ACTION@NODE:POINT", "for example kill@Trainer:staged."),
        ("kill@latest:staged", "latest is not of the kind that passes the point 'staged'", "resolved, published."),
        ("kill@imported:swept", "imported is not of the kind that passes the point 'swept'", "measured, published."),
    ],
)
def test_what_cannot_happen_is_refused_before_anything_runs(site: Site, text: str, message: str, hint: str) -> None:
    ended = site.run("--chaos", text)
    assert (ended.code, ended.out) == (1, "")
    told = ended.errors.splitlines()
    assert told[:2] == [f"gristmill: {message}", f"  {text!r}"]
    assert told[2].startswith("  Hint: ")
    assert told[2].endswith(hint)
    assert not (site.folder / "root").exists()


def test_a_node_s_name_may_hold_the_signs_that_separate() -> None:
    strike = Strike.parse("kill@a:b@c:staged")
    assert (strike.node_id, str(strike)) == ("a:b@c", "kill@a:b@c:staged")


def test_what_was_never_reached_is_told_and_counts_as_a_failure(site: Site) -> None:
    site.resume()
    ended = site.run("--chaos", "kill@left:staged", "--chaos", "fail@join:swept")
    assert ended.code == 1
    assert "complete in" in ended.out
    assert "kill@left:staged did not happen: left ended cached without reaching that point\n" in ended.errors
    assert "fail@join:swept did not happen" in ended.errors
    assert ended.errors.count("Hint: `--no-cache`") == 1
    assert site.run("--no-cache", "--chaos", "kill@left:staged").code == -signal.SIGKILL


def test_each_strike_happens_once_so_that_a_step_s_next_attempt_may_succeed(site: Site) -> None:
    source = (site.folder / "pipeline.py").read_text()
    site.write("pipeline.py", source + RETRIES)
    twice = site.run("--chaos", "fail@left:staged", "--chaos", "fail@left:renamed")
    assert twice.code == 0, twice.errors
    assert site.nodes(site.runs()[0])["left"].attempts == 3
    site.check_consistent()


def test_chaos_reaches_the_steps_of_an_interactive_context(site: Site) -> None:
    site.write(
        "pipeline.py",
        (site.folder / "pipeline.py").read_text().partition("pipeline = ")[0]
        + "from gristmill.orchestration.interactive import InteractiveContext\n"
        "InteractiveContext(pipeline_name='cells', pipeline_root='root').run(imported)\n",
    )
    assert site.run("--chaos", "kill@imported:published").code == -signal.SIGKILL
    assert "there was no step 'nowhere'" in site.run("--chaos", "kill@nowhere:published").errors
