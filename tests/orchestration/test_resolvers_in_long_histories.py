"""A resolver reads the newest artifacts of a long history, and chooses what it would choose among all."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from measured.sqlite_work import sqlite_work

from gristmill.dsl.annotations import InputArtifact, OutputArtifact
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import Channel
from gristmill.dsl.function_component import component
from gristmill.dsl.importer import Importer
from gristmill.dsl.resolver import Resolver
from gristmill.dsl.standard_artifacts import Model, ModelBlessing
from gristmill.dsl.strategies import LatestArtifactStrategy, LatestBlessedModelStrategy
from gristmill.errors import ConfigError
from gristmill.metadata import MetadataStore
from gristmill.orchestration.fingerprints.payload import Payload
from gristmill.orchestration.nodes import resolver_life
from gristmill.orchestration.nodes.resolver_life import choose_from_history
from gristmill.orchestration.records.execution_records import ExecutionRecords, NodeRecordKey
from gristmill.orchestration.records.run_records import ContextTypes, open_run
from gristmill.proto import metadata_store_pb2

TRAIN, JUDGE, IMPORT = (NodeRecordKey(node, node) for node in ("train", "judge", "import"))
_Execution = metadata_store_pb2.Execution


@component
def train(base: InputArtifact[Model], model: OutputArtifact[Model], spare: OutputArtifact[Model]) -> None:
    """Has an input and two outputs of one type."""


def trained(key: str):  # type: ignore[no-untyped-def]
    return train(base=Importer("base", Model).outputs["result"]).outputs[key]


RESOLVERS = {
    "latest": Resolver(LatestArtifactStrategy, model=Channel(type=Model)),
    "latest three": Resolver(LatestArtifactStrategy, {"desired_num_of_artifacts": 3}, model=Channel(type=Model)),
    "latest three of a node": Resolver(LatestArtifactStrategy, {"desired_num_of_artifacts": 3}, model=trained("model")),
    "of a node": Resolver(LatestArtifactStrategy, model=trained("model")),
    "of another key": Resolver(LatestArtifactStrategy, model=trained("spare"), other=trained("model")),
    "blessed": Resolver(LatestBlessedModelStrategy, model=Channel(type=Model), blessing=Channel(type=ModelBlessing)),
    "blessed of a node": Resolver(
        LatestBlessedModelStrategy, model=trained("model"), blessing=Channel(type=ModelBlessing)
    ),
}


@dataclass
class History:
    """Executions of a trainer and a judge, recorded as runs record them, and what they published."""

    store: MetadataStore
    published: dict[str, list[Artifact]] = field(
        default_factory=lambda: {key: [] for key in ("model", "spare", "blessing", "result")}
    )
    _records: ExecutionRecords = field(init=False)

    def __post_init__(self) -> None:
        types = ContextTypes.register(self.store)
        run = open_run(self.store, types, pipeline_name="p", pipeline_root="root", node_ids=["train", "judge"])
        self._records = ExecutionRecords(self.store, types, run)

    def begin(self, node: NodeRecordKey, **inputs: Artifact) -> metadata_store_pb2.Execution:
        given = {key: [artifact] for key, artifact in inputs.items()}
        return self._records.begin(node, inputs=given, exec_properties={}, reason="", fingerprint=None)

    def complete(self, execution: metadata_store_pb2.Execution, node: NodeRecordKey, **outputs: Artifact) -> None:
        made = {key: [artifact] for key, artifact in outputs.items()}
        payloads = {key: [Payload("digest", "manifest")] for key in outputs}
        self._records.complete(execution, node, outputs=made, payloads=payloads, summary=[], seconds=0.0, cache_key="")
        for key, artifact in outputs.items():
            self.published[key].append(artifact)

    def train(self, **inputs: Artifact) -> Artifact:
        """One run of the trainer; its model."""
        model = Model()
        self.complete(self.begin(TRAIN, **inputs), TRAIN, model=model, spare=Model())
        return model

    def judge(self, model: Artifact, *, blessed: bool) -> None:
        blessing = ModelBlessing()
        blessing.set_int_custom_property("blessed", int(blessed))
        blessing.set_int_custom_property("current_model_id", model.id)
        self.complete(self.begin(JUDGE, model=model), JUDGE, blessing=blessing)

    def reuse(self, execution: int, node: NodeRecordKey, outputs: Mapping[str, Sequence[Artifact]]) -> None:
        self._records.reuse(
            node,
            inputs={},
            outputs=outputs,
            exec_properties={},
            reason="",
            fingerprint=None,
            reused_execution=execution,
            summary=[],
            seconds=0.0,
        )

    def delete(self, artifact: Artifact) -> None:
        artifact.mlmd_artifact.state = metadata_store_pb2.Artifact.DELETED
        self.store.put_artifacts([artifact.mlmd_artifact])


def lived_at_random(history: History, chance: random.Random) -> None:
    """Executions that overlap, reuse each other, read the node's own outputs; blessings; deleted artifacts."""
    running: list[metadata_store_pb2.Execution] = []
    finished: list[tuple[int, dict[str, list[Artifact]]]] = []
    for _ in range(chance.randrange(60)):
        models = history.published["model"]
        imported = history.published["result"]
        match chance.choice([*["begin", "complete", "reuse"] * 2, "import", "judge", "delete"]):
            case "import":
                history.complete(history.begin(IMPORT), IMPORT, result=Model())
            case "begin":
                bases = [*models, *imported]
                running.append(history.begin(TRAIN, **({"base": chance.choice(bases)} if bases else {})))
            case "complete" if running:
                execution = running.pop(chance.randrange(len(running)))
                made: dict[str, Artifact] = {"spare": Model(), "model": Model()}
                history.complete(execution, TRAIN, **made)
                finished.append((execution.id, {key: [artifact] for key, artifact in made.items()}))
            case "reuse" if finished:
                execution_id, outputs = chance.choice(finished)
                history.reuse(execution_id, TRAIN, outputs)
            case "judge" if models:
                history.judge(chance.choice(models), blessed=chance.random() < 0.5)
            case "delete" if models:
                history.delete(chance.choice([*models, *history.published["spare"]]))


def chosen_among_all(history: History, resolver: Resolver) -> dict[str, list[int]] | None:
    """What the strategy chooses when it is given everything that is live."""
    live = {
        key: [each for each in artifacts if each.mlmd_artifact.state == metadata_store_pb2.Artifact.LIVE]
        for key, artifacts in history.published.items()
    }
    models = sorted([*live["model"], *live["spare"], *live["result"]], key=lambda artifact: artifact.id)
    everything = {"Model": models, "ModelBlessing": live["blessing"]}
    of_channel = {
        key: live[getattr(channel, "output_key", None) or ""]
        if channel.producer_component_id
        else everything[channel.type_name]
        for key, channel in resolver.inputs.items()
    }
    chosen = resolver.choose(history.store, of_channel)
    return None if chosen is None else ids_of(chosen)


def ids_of(chosen: Mapping[str, Sequence[Artifact]]) -> dict[str, list[int]]:
    return {key: [artifact.id for artifact in artifacts] for key, artifacts in chosen.items()}


@pytest.mark.parametrize("seed", range(30))
def test_what_is_chosen_among_the_newest_is_what_is_chosen_among_all(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver_life, "_FIRST_LOOK", 2)
    monkeypatch.setattr(resolver_life, "_GROWTH", 2)
    with MetadataStore("sqlite://") as store:
        history = History(store)
        lived_at_random(history, random.Random(seed))
        for name, resolver in RESOLVERS.items():
            try:
                chosen = ids_of(choose_from_history(store, "p", resolver, before=None))
            except ConfigError:
                chosen = None
            assert chosen == chosen_among_all(history, resolver), name


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Stores in which a model was made and blessed every day, for a short and for a long time."""
    paths = []
    for runs in (30, 200):
        paths.append(tmp_path_factory.mktemp("store") / "metadata.db")
        with MetadataStore(paths[-1]) as store:
            history = History(store)
            for _ in range(runs):
                history.judge(history.train(), blessed=True)
    return paths


@pytest.mark.parametrize("name", RESOLVERS)
def test_a_resolver_does_the_same_work_after_many_real_runs_as_after_few(grown: list[Path], name: str) -> None:
    works = []
    for path in grown:
        with sqlite_work() as work, MetadataStore(path) as store:
            choose_from_history(store, "p", RESOLVERS[name], before=None)
        works.append(work)
    few, many = works
    assert many.statements == few.statements
    assert many.steps <= few.steps * 1.2
