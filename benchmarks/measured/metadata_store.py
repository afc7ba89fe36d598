"""One side of the comparison of metadata stores: does the same work through ``gristmill.metadata`` or ``ml_metadata``.

    metadata_store.py PACKAGE FOLDER

Runs on Python 3.9 too, for the original. Each line of standard input names a piece of work; the answer is a line of
JSON with what it took.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["FILLED", "WORKS", "Store", "fill"]

FILLED = "filled.db"
ARTIFACTS, BATCH = 100_000, 5_000
LEVELS, WIDTH = 50, 10  # a lineage of 50 times 10 executions with an artifact each: the original walks 100 hops at most
WRITES, ASKED = 300, 10_000
WORKS = {
    "put_execution": "300 calls of `put_execution`, each with an output and two contexts",
    "get_artifacts_by_id": "`get_artifacts_by_id` of 10,000 artifacts",
    "filter_by_property": "filter on a custom property, 100 of 100,000 artifacts pass",
    "filter_by_context": "filter on type and context, 500 of 100,000 pass",
    "filter_by_uri": "filter by `LIKE` on the URI and state, 1,111 of 100,000 pass",
    "lineage": "`get_lineage_subgraph` upstream through 1,000 nodes and 5,300 events",
}


class Store:
    """A store of either package, which agree in names, and its messages."""

    def __init__(self, package: str, path: Path) -> None:
        self.api = importlib.import_module(package)
        self.messages = importlib.import_module(
            "gristmill.proto.metadata_store_pb2"
            if package.startswith("gristmill")
            else f"{package}.proto.metadata_store_pb2"
        )
        config = self.messages.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        config.sqlite.connection_mode = 3  # READWRITE_OPENCREATE
        self.store = self.api.MetadataStore(config)

    def types(self) -> tuple[int, int, int]:
        """Artifacts', executions' and contexts'."""
        model = self.messages.ArtifactType(
            name="Model", properties={"n": self.messages.INT, "kind": self.messages.STRING}
        )
        trainer = self.messages.ExecutionType(name="Trainer", properties={"steps": self.messages.INT})
        run = self.messages.ContextType(name="run")
        store = self.store
        return store.put_artifact_type(model), store.put_execution_type(trainer), store.put_context_type(run)

    def found(self, text: str) -> list[Any]:
        return list(self.store.get_artifacts(self.api.ListOptions(filter_query=text)))


def fill(package: str, path: Path) -> None:
    """Stores 100,000 artifacts with two properties each, and a lineage of 1,000 nodes that ends at the last of them."""
    side = Store(package, path)
    messages, store = side.messages, side.store
    model, trainer, run = side.types()
    [context] = store.put_contexts([messages.Context(type_id=run, name="the run")])
    for start in range(0, ARTIFACTS, BATCH):
        artifacts = [messages.Artifact(type_id=model, uri=f"models/{n}", state=2) for n in range(start, start + BATCH)]
        for number, artifact in enumerate(artifacts, start):
            artifact.properties["n"].int_value = number
            artifact.custom_properties["kind"].string_value = f"kind {number % 1000}"
        ids = store.put_artifacts(artifacts)
    lineage = ids[-LEVELS * WIDTH :]
    executions = store.put_executions(
        [
            messages.Execution(type_id=trainer, properties={"steps": messages.Value(int_value=n)})
            for n in range(len(lineage))
        ]
    )
    events = []
    for place, (execution, artifact) in enumerate(zip(executions, lineage)):  # noqa: B905  # Python 3.9
        events.append(messages.Event(execution_id=execution, artifact_id=artifact, type=messages.Event.OUTPUT))
        level = place // WIDTH
        for before in lineage[(level - 1) * WIDTH : level * WIDTH] if level else []:
            events.append(messages.Event(execution_id=execution, artifact_id=before, type=messages.Event.INPUT))
    store.put_events(events)
    store.put_attributions_and_associations(
        [messages.Attribution(context_id=context, artifact_id=artifact) for artifact in lineage],
        [messages.Association(context_id=context, execution_id=execution) for execution in executions],
    )
    close(store)


def close(store: Any) -> None:
    if hasattr(store, "close"):  # the original's closes when it is forgotten
        store.close()


class Work:
    """What is measured; each method gives what it found, to be compared by both sides."""

    def __init__(self, package: str, folder: Path) -> None:
        self.written = Store(package, folder / "written.db")
        self.filled = Store(package, folder / FILLED)
        self.type_ids = self.written.types()
        self.count = 0

    def put_execution(self) -> int:
        """300 calls: an execution, its output, and two contexts that exist."""
        messages = self.written.messages
        model, trainer, run = self.type_ids
        for _ in range(WRITES):
            self.count += 1
            artifact = messages.Artifact(type_id=model, uri=f"models/{self.count}")
            artifact.properties["n"].int_value = self.count
            self.written.store.put_execution(
                messages.Execution(type_id=trainer, name=f"execution {self.count}"),
                [(artifact, messages.Event(type=messages.Event.OUTPUT))],
                [messages.Context(type_id=run, name="pipeline"), messages.Context(type_id=run, name="run")],
                reuse_context_if_already_exist=True,
            )
        return WRITES

    def get_artifacts_by_id(self) -> int:
        return len(self.filled.store.get_artifacts_by_id(range(1, ASKED + 1)))

    def filter_by_property(self) -> int:
        return len(self.filled.found("custom_properties.kind.string_value = 'kind 7'"))

    def filter_by_context(self) -> int:
        return len(self.filled.found("type = 'Model' AND contexts_a.name = 'the run'"))

    def filter_by_uri(self) -> int:
        return len(self.filled.found("uri LIKE 'models/77%' AND state = LIVE"))

    def lineage(self) -> int:
        messages = self.filled.messages
        options = messages.LineageSubgraphQueryOptions(direction=messages.LineageSubgraphQueryOptions.UPSTREAM)
        options.starting_artifacts.filter_query = f"uri = 'models/{ARTIFACTS - 1}'"
        graph = self.filled.store.get_lineage_subgraph(options)
        return len(graph.artifacts) + len(graph.executions)


def main() -> None:
    package, folder = sys.argv[1:]
    work = Work(package, Path(folder))
    for line in sys.stdin:
        on_cores, started = time.process_time(), time.perf_counter()
        found = getattr(work, line.strip())()
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - on_cores
        print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "found": found}), flush=True)


if __name__ == "__main__":
    main()
