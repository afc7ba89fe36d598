"""Runs single components by their real executors, on a small table of journeys."""

from __future__ import annotations

import csv
import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from gristmill.components import Trainer
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.executor import ExecutionContext
from gristmill.engine import Engine, LocalEngine
from gristmill.io.examples import read_examples, split_shards
from gristmill.orchestration.fingerprints.node_executor import executor_class_of
from gristmill.orchestration.nodes.output_artifacts import new_outputs
from gristmill.proto import TrainArgs
from gristmill.testing import Channel

USER_CODE = Path(__file__).parent / "user_code"
ROWS = 240
_ids = itertools.count(1)


@dataclass(frozen=True)
class Executed:
    """What a component wrote and said."""

    outputs: Mapping[str, list[Artifact]]
    summary: Sequence[str]

    def __getitem__(self, key: str) -> Any:
        [artifact] = self.outputs[key]
        return artifact

    def path(self, key: str, *parts: str) -> Path:
        return Path(self[key].uri, *parts)


def channel_of(artifact: Artifact) -> Channel:
    return Channel(type(artifact))


def execute(
    component: BaseComponent, folder: Path, *, engine: Engine | None = None, **inputs: Artifact | list[Artifact]
) -> Executed:
    """Let the component's executor do its work below a folder, with these input artifacts."""
    outputs = new_outputs(component)
    for key, artifacts in outputs.items():
        for artifact in artifacts:
            artifact.id = next(_ids)
            artifact.uri = str(folder / component.id / key / str(artifact.id))
            Path(artifact.uri).mkdir(parents=True)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    context = ExecutionContext(engine or LocalEngine(workers=2), lambda _: None, str(scratch), node_id=component.id)
    given = {key: value if isinstance(value, list) else [value] for key, value in inputs.items()}
    executor_class_of(component)(context).Do(given, outputs, dict(component.exec_properties))
    return Executed(outputs, context.summary)


def stored(kind: type[Artifact], folder: Path) -> Any:
    """An artifact whose payload lies in a folder."""
    artifact = kind()
    artifact.id = next(_ids)
    artifact.uri = str(folder)
    return artifact


def rows_of(examples: Any, split: str) -> list[dict[str, Any]]:
    """The rows of a split, single values instead of lists of one."""
    batches = [batch for shard in split_shards(examples.uri, split) for batch in read_examples(shard)]
    table = pa.concat_tables([pa.Table.from_batches([batch]) for batch in batches], promote_options="permissive")
    return [
        {name: values[0] if values and len(values) == 1 else values for name, values in row.items()}
        for row in table.to_pylist()
    ]


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def journeys(rows: int = ROWS, seed: int = 7) -> list[list[Any]]:
    """Made-up journeys. Who goes far takes the train; some distances are not known."""
    draw = random.Random(seed)
    result: list[list[Any]] = []
    for number in range(rows):
        distance = round(draw.uniform(0, 20), 2)
        kind = draw.choice(["bus", "tram", "ferry"])
        result.append([number, distance if draw.random() > 0.05 else "", kind, draw.randint(1, 5), int(distance > 8)])
    return result


JOURNEY_COLUMNS = ["number", "distance", "kind", "seats", "by_train"]


@dataclass(frozen=True)
class Chain:
    """Everything up to a trained model, made once."""

    folder: Path
    examples: Any
    statistics: Any
    schema: Any
    transform: Executed
    trainer: Executed


def trainer_inputs(transform: Executed, **more: Artifact) -> dict[str, Artifact]:
    return {"examples": transform["transformed_examples"], "transform_graph": transform["transform_graph"], **more}


def trainer_of(transform: Executed, module: str, steps: int = 60, **more: Any) -> Trainer:
    """A Trainer over the transformed journeys."""
    return Trainer(
        examples=channel_of(transform["transformed_examples"]),
        transform_graph=channel_of(transform["transform_graph"]),
        module_file=str(USER_CODE / module),
        train_args=TrainArgs(num_steps=steps),
        eval_args={"num_steps": 2},
        **more,
    )
