"""A process that stores executions until it is killed: ``writer.py PATH WRITER``."""

from __future__ import annotations

import itertools
import sys

from gristmill.metadata import MetadataStore
from gristmill.proto import metadata_store_pb2 as messages
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
)


def write_executions(path: str, writer: str) -> None:
    """Opens the store, registers the types that all writers share, and stores executions of one output each."""
    with MetadataStore(path) as store:
        model = store.put_artifact_type(ArtifactType(name="Model", properties={"n": messages.INT}))
        trainer = store.put_execution_type(ExecutionType(name="Trainer"))
        run = store.put_context_type(ContextType(name="run"))
        for write in itertools.count():
            store.put_execution(
                Execution(type_id=trainer, name=f"{writer}-{write}"),
                [(Artifact(type_id=model, uri=f"{writer}/{write}"), Event(type=Event.OUTPUT))],
                [Context(type_id=run, name="shared"), Context(type_id=run, name=f"writer {writer}")],
                reuse_context_if_already_exist=True,
            )


if __name__ == "__main__":
    write_executions(*sys.argv[1:])
