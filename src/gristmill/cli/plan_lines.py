"""The lines in which a plan is shown: those of a run, in the future tense."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from gristmill.cli.run_lines import is_quiet, quiet_lines
from gristmill.cli.wording import near_paths
from gristmill.orchestration.plans.run_plan import PlannedNode, PlannedState, RunPlan
from gristmill.orchestration.run_result import NodeResult, NodeState

__all__ = ["plan_lines"]

_MARKS = {
    PlannedState.RUNS: ("●", "*", "blue"),
    PlannedState.REUSED: ("≡", "=", "cyan"),
    PlannedState.DEPENDS: ("?", "?", "yellow"),
    PlannedState.SKIPPED: ("○", "o", "dim"),
    PlannedState.BLOCKED: ("○", "o", "yellow"),
    PlannedState.FAILS: ("✗", "x", "bold red"),
}
_VERBS = {
    PlannedState.RUNS: "runs: ",
    PlannedState.SKIPPED: "skipped: ",
    PlannedState.BLOCKED: "not run: ",
    PlannedState.FAILS: "fails: ",
}
_COUNTED = {
    PlannedState.REUSED: "reused",
    PlannedState.RUNS: "to run",
    PlannedState.DEPENDS: "decided on the way",
    PlannedState.SKIPPED: "skipped",
    PlannedState.BLOCKED: "not run",
    PlannedState.FAILS: "would fail",
}


def plan_lines(console: Console, plan: RunPlan) -> Iterator[RenderableType]:
    """The whole plan, line by line; steps in a row that do nothing share one, as in a run."""
    steps = "1 step" if len(plan.nodes) == 1 else f"{len(plan.nodes)} steps"
    yield Text.assemble((plan.pipeline_name, "bold"), f" · plan of run {plan.number} · {steps}")
    width = max(map(len, plan.nodes), default=0)
    quiet: list[NodeResult] = []
    for node in plan.nodes.values():
        as_result = _quiet_result(node)
        if as_result is not None:
            quiet.append(as_result)
            continue
        yield from _shared(console, quiet, width)
        quiet.clear()
        yield _line(console, node, width)
    yield from _shared(console, quiet, width)
    counts = [(len(plan.of_state(state)), words) for state, words in _COUNTED.items()]
    yield Text(" · ".join(f"{count} {words}" for count, words in counts if count) or "nothing to do")


def _quiet_result(node: PlannedNode) -> NodeResult | None:
    states = {PlannedState.REUSED: NodeState.CACHED, PlannedState.SKIPPED: NodeState.SKIPPED}
    result = NodeResult(node.node_id, states[node.state], node.reason) if node.state in states else None
    return result if result is not None and is_quiet(result) else None


def _shared(console: Console, quiet: Sequence[NodeResult], width: int) -> Sequence[RenderableType]:
    return quiet_lines(console, quiet, width) if quiet else ()


def _line(console: Console, node: PlannedNode, width: int) -> Table:
    unicode_mark, plain_mark, style = _MARKS[node.state]
    mark = Text(plain_mark if console.options.ascii_only else unicode_mark, style)
    what = Text(near_paths(_VERBS.get(node.state, "") + node.reason), "red" if node.state is PlannedState.FAILS else "")
    if node.summary:
        what.append(f"  ({near_paths(' · '.join(node.summary))})", "dim")
    line = Table.grid(padding=(0, 1))
    line.add_column(width=1)
    line.add_column(width=1)
    line.add_column(width=width, no_wrap=True)
    line.add_column(overflow="fold")
    line.add_row("", mark, Text(node.node_id), what)
    return line
