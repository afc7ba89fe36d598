"""32 processes store 60 executions each in one database, which they find absent, and once more in what they made.

metadata_crowd.py FOLDER [URL]
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

from gristmill.metadata import MetadataStore
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
)

WRITERS, WRITES = 32, 60


def write(gate: Barrier, url: str, writer: str) -> None:
    """One process: waits for all others, opens the store, registers types and stores executions of one output each."""
    gate.wait()
    with MetadataStore(url) as store:
        model = store.put_artifact_type(ArtifactType(name="Model"))
        trainer = store.put_execution_type(ExecutionType(name="Trainer"))
        run = store.put_context_type(ContextType(name="run"))
        for number in range(WRITES):
            store.put_execution(
                Execution(type_id=trainer, name=f"{writer}-{number}"),
                [(Artifact(type_id=model, uri=f"{writer}/{number}"), Event(type=Event.OUTPUT))],
                [Context(type_id=run, name="shared"), Context(type_id=run, name=writer)],
                reuse_context_if_already_exist=True,
            )


def crowd(url: str, name: str) -> None:
    """Lets the processes work; ends the program where one failed or an execution is missing."""
    forks = multiprocessing.get_context("fork")
    gate = forks.Barrier(WRITERS)
    processes = [forks.Process(target=write, args=(gate, url, f"{name}-{writer}")) for writer in range(WRITERS)]
    started = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - started
    failed = sum(process.exitcode != 0 for process in processes)
    with MetadataStore(url) as store:
        names = {execution.name for execution in store.get_executions()}
    stored = sum(f"{name}-{writer}-{number}" in names for writer in range(WRITERS) for number in range(WRITES))
    print(
        f"{name}: {stored:,} of {WRITERS * WRITES:,} executions, {failed} processes failed, {seconds:.1f} s", flush=True
    )
    if failed or stored < WRITERS * WRITES:
        sys.exit("writes were lost")


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    url = sys.argv[2] if len(sys.argv) > 2 else str(folder / "metadata.db")
    for name in ("cold", "warm"):
        crowd(url, name)


if __name__ == "__main__":
    main()
