"""The lines of a run in terminals of several widths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from gristmill.cli.run_lines import closing_line, finished_line, quiet_lines, running_line
from gristmill.engine.contract import Progress
from gristmill.orchestration.nodes.partial_run import NOT_CHOSEN
from gristmill.orchestration.records.stored_result import SAME_AS
from gristmill.orchestration.run_result import NodeResult, NodeState

WIDTH = len("latest_blessed_model")


def shown(line: RenderableType, columns: int) -> list[str]:
    console = terminal(columns)
    console.print(line, soft_wrap=not hasattr(line, "columns"))
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue().splitlines()


def terminal(columns: int) -> Console:
    return Console(file=io.StringIO(), width=columns, color_system=None, force_terminal=True)


def reused(name: str, run: int = 1) -> NodeResult:
    return NodeResult(name, NodeState.CACHED, f"{SAME_AS} run {run}", 0.1, execution_id=7)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_line_of_a_run_is_wider_than_the_terminal(columns: int) -> None:
    results = [
        NodeResult("Trainer", NodeState.COMPLETE, "input examples changed", 3.0, ("word " * 30,), 1),
        NodeResult("Trainer", NodeState.FAILED, "no luck " * 20, 3.0, (), 1),
        NodeResult("Trainer", NodeState.BLOCKED, "Transform failed"),
        reused("Trainer"),
    ]
    for result in results:
        assert all(len(line) <= columns for line in shown(finished_line(terminal(columns), result, WIDTH), columns))
    progress = Progress("analyze", 30_000, 600_000, "rows", "")
    running = running_line(terminal(columns), "Transform", WIDTH, 4.0, "input examples changed", progress, 12.0)
    [line] = shown(running, columns)
    assert "30,000/600,000 rows" in line


def test_reused_nodes_share_one_line_that_fits() -> None:
    results = [reused("CsvExampleGen"), reused("SchemaGen"), reused("latest_blessed_model")]
    for columns, words in ((120, f"reused ({SAME_AS} run 1)"), (80, "reused (same as run 1)")):
        [line] = quiet_lines(terminal(columns), results, WIDTH)
        assert [text.rstrip() for text in shown(line, columns)] == [
            f"  ≡ CsvExampleGen … latest_blessed_model  {words}"
        ]


def test_outputs_of_several_runs_are_said_to_be_so() -> None:
    [line] = quiet_lines(terminal(120), [reused("a", 1), reused("b", 2)], 1)
    assert shown(line, 120)[0].rstrip() == f"  ≡ a, b  reused ({SAME_AS} in earlier runs)"
    stand_in = NodeResult("c", NodeState.CACHED, "not chosen; outputs of run 3", 0.1, execution_id=8)
    [line] = quiet_lines(terminal(120), [reused("a", 1), stand_in], 1)
    assert shown(line, 120)[0].rstrip() == "  ≡ a, c  reused (from earlier runs)"


def test_nodes_that_were_not_chosen_share_one_line() -> None:
    results = [reused("a"), *(NodeResult(name, NodeState.SKIPPED, NOT_CHOSEN) for name in "bcd"), reused("e")]
    lines = [shown(line, 120)[0].rstrip() for line in quiet_lines(terminal(120), results, 1)]
    assert lines == [f"  ≡ a, e  reused ({SAME_AS} run 1)", f"  ○ b … d  skipped: {NOT_CHOSEN}"]


def test_what_to_type_next_is_on_a_line_of_its_own_in_a_narrow_terminal() -> None:
    place = "serving/taxi/1795318228"
    commands = ["gristmill report 1", f"gristmill lineage {place}"]
    following = f"next: {commands[0]} or {commands[1]}"
    wide = closing_line(terminal(120), "complete", 8.3, place, commands)
    assert wide.plain == f"pushed in 8.3 s · {place} · {following}"
    narrow = closing_line(terminal(80), "complete", 8.3, place, commands)
    assert narrow.plain == f"pushed in 8.3 s · {place}\n{following}"


def test_messages_are_shown_as_they_are() -> None:
    from gristmill.cli.tables import console

    out = console()
    with out.capture() as capture:
        out.print("Trainer[model] [/nope] :smile:")
    assert capture.get() == "Trainer[model] [/nope] :smile:\n"
