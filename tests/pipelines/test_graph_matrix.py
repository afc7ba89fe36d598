"""Graph shapes x kinds of components x what must hold, all combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import gristmill.data_validation as tfdv
from gristmill.components import CsvExampleGen, SchemaGen, StatisticsGen
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import Pipeline
from gristmill.errors import RunError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner, RunResult

from .steps import ThinOut, ThinOutFunction

ROWS = 60
SHAPES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "line": {"a": ("gen",), "b": ("a",), "c": ("b",)},
    "diamond": {"a": ("gen",), "b": ("a",), "c": ("a",), "d": ("b", "c")},
    "fan": {"a": ("gen",), "b": ("gen",), "c": ("gen",)},
    "shortcut": {"a": ("gen",), "b": ("a", "gen"), "c": ("b", "a")},
}
KINDS = {
    "functions": lambda _: ThinOutFunction,
    "classes": lambda _: ThinOut,
    "mixed": lambda place: (ThinOutFunction, ThinOut)[place % 2],
}


@dataclass(frozen=True)
class Plan:
    """A pipeline to be made: CsvExampleGen, the steps of a shape, and statistics and a schema of the last one."""

    folder: Path
    shape: Mapping[str, tuple[str, ...]]
    kind: Callable[[int], Callable[..., BaseNode]]
    drops: Mapping[str, int]

    def run(self) -> RunResult:
        generator = CsvExampleGen(str(self.folder / "data")).with_id("gen")
        channels: dict[str, BaseChannel] = {"gen": generator.outputs["examples"]}
        nodes: list[BaseNode] = [generator]
        for place, (name, upstream) in enumerate(self.shape.items()):
            first, *others = (channels[each] for each in upstream)
            node = self.kind(place)(
                examples=first.union(others) if others else first,
                drop=self.drops.get(name, 2),
                trap=str(self.folder / f"trap-{name}"),
            ).with_id(name)
            channels[name] = node.outputs["kept"]
            nodes.append(node)
        statistics = StatisticsGen(channels[self.last]).with_id("statistics")
        schema = SchemaGen(statistics.outputs["statistics"]).with_id("schema")
        pipeline = Pipeline(
            "matrix", str(self.folder / "root"), components=[*nodes, statistics, schema], enable_cache=True
        )
        return LocalDagRunner().run(pipeline)

    @property
    def last(self) -> str:
        return list(self.shape)[-1]

    def rows(self, name: str) -> int:
        """The number of records that a step must keep."""
        if name == "gen":
            return ROWS
        given = sum(self.rows(each) for each in self.shape[name])
        return given - given // self.drops.get(name, 2)

    def downstream(self, name: str) -> set[str]:
        found = {name}
        for each, upstream in self.shape.items():
            if found & set(upstream):
                found.add(each)
        return found | ({"statistics", "schema"} if self.last in found else set())


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> Mapping[str, tuple[str, ...]]:
    return SHAPES[request.param]


@pytest.fixture(params=KINDS)
def plan(request: pytest.FixtureRequest, shape: Mapping[str, tuple[str, ...]], tmp_path: Path) -> Plan:
    (tmp_path / "data").mkdir()
    lines = [f"{number},{number % 7 / 7},w{number % 5}" for number in range(ROWS)]
    (tmp_path / "data" / "rows.csv").write_text("\n".join(["n,x,word", *lines]) + "\n")
    return Plan(tmp_path, shape, KINDS[request.param], {"a": 3})


def states(result: RunResult) -> dict[str, str]:
    return {name: node.state.value for name, node in result.nodes.items()}


def test_the_rows_flow_along_every_edge(plan: Plan) -> None:
    result = plan.run()
    assert set(states(result).values()) == {"complete"}
    [statistics] = result.outputs("statistics")["statistics"]
    found = tfdv.load_stats_binary(f"{statistics.uri}/Split-all/FeatureStats.pb").datasets[0]
    assert found.num_examples == plan.rows(plan.last)


def test_a_second_run_reuses_everything_and_a_changed_parameter_reruns_what_depends_on_it(plan: Plan) -> None:
    first = plan.run()
    assert set(states(plan.run()).values()) == {"cached"}
    changed = replace(plan, drops={**plan.drops, "b": 5}).run()
    assert {name for name, state in states(changed).items() if state == "complete"} == plan.downstream("b")
    assert changed.nodes["b"].reason == "parameter drop changed"
    assert plan.run().outputs("schema")["schema"][0].id == first.outputs("schema")["schema"][0].id


def test_after_a_failure_the_rest_is_done_and_the_done_is_reused(plan: Plan) -> None:
    (plan.folder / "trap-b").touch()
    with pytest.raises(RunError, match="failed: b"):
        plan.run()
    (plan.folder / "trap-b").unlink()
    resumed = plan.run()
    assert {name for name, state in states(resumed).items() if state == "complete"} >= plan.downstream("b")
    assert {states(resumed)[name] for name in ("gen", "a")} == {"cached"}
    assert set(states(plan.run()).values()) == {"cached"}


def test_the_store_knows_where_the_schema_comes_from(plan: Plan) -> None:
    result = plan.run()
    [schema] = result.outputs("schema")["schema"]
    with MetadataStore(f"{plan.folder}/root/metadata.sqlite") as store:
        seen, wanted = set(), {schema.id}
        while wanted:
            seen |= wanted
            made_by = [e.execution_id for e in store.get_events_by_artifact_ids(sorted(wanted)) if e.type == e.OUTPUT]
            wanted = {e.artifact_id for e in store.get_events_by_execution_ids(made_by) if e.type == e.INPUT} - seen
        ancestors = {plan.last}
        for name in reversed(list(plan.shape)):
            if name in ancestors:
                ancestors |= set(plan.shape[name])
        expected = {a.id for name in ancestors for each in result.outputs(name).values() for a in each}
        assert expected <= seen
