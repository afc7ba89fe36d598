"""Processes that come to one database at the same moment, open the store, and store executions.

metadata_crowd.py URL [--writers 32] [--writes 60] [--upgrade] [--name crowd]

The database may be absent, or with --upgrade of an older schema. The exit code is 1 where a process failed, or where an
execution is missing afterwards.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import sys
import time
import uuid
from multiprocessing.synchronize import Barrier

from gristmill.metadata import MetadataStore
from gristmill.metadata.connection import read_target
from gristmill.metadata.sql.engines import make_engine
from gristmill.metadata.wire.target import wire_target
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of the store, or the path of a SQLite file")
    parser.add_argument("--writers", type=int, default=WRITERS, help=f"processes ({WRITERS})")
    parser.add_argument("--writes", type=int, default=WRITES, help=f"executions that each stores ({WRITES})")
    parser.add_argument("--upgrade", action="store_true", help="let each bring an older schema up")
    parser.add_argument("--name", default="crowd", help="what to call the crowd when it tells")
    given = parser.parse_args()

    load_driver(given.url)  # here, so that the forks come together
    forks = multiprocessing.get_context("fork")
    gate = forks.Barrier(given.writers)
    crowd = uuid.uuid4().hex[:8]  # another one may have stored its executions there before
    writers = [f"{crowd}-{number}" for number in range(given.writers)]
    processes = [
        forks.Process(target=write, args=(gate, given.url, writer, given.writes, given.upgrade)) for writer in writers
    ]
    started = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - started
    failed = sum(process.exitcode != 0 for process in processes)
    with MetadataStore(given.url) as store:
        names = {execution.name for execution in store.get_executions()}
    wanted = {name_of(writer, number) for writer in writers for number in range(given.writes)}
    stored = f"{len(names & wanted):,} of {len(wanted):,} executions"
    print(f"{given.name}: {stored}, {failed} processes failed, {seconds:.1f} s", flush=True)
    sys.exit(int(failed > 0 or not wanted <= names))


def load_driver(url: str) -> None:
    """Imports what a store at a URL needs. Connects to nothing."""
    if wire_target(url) is not None:
        importlib.import_module("gristmill.metadata.wire.client")
    else:
        make_engine(read_target(url))


def write(gate: Barrier, url: str, writer: str, writes: int, upgrade: bool) -> None:
    """One process: waits for all others, opens the store, registers types and stores executions of one output each."""
    gate.wait()
    with MetadataStore(url, enable_upgrade_migration=upgrade) as store:
        model = store.put_artifact_type(ArtifactType(name="Model"))
        trainer = store.put_execution_type(ExecutionType(name="Trainer"))
        run = store.put_context_type(ContextType(name="run"))
        for number in range(writes):
            store.put_execution(
                Execution(type_id=trainer, name=name_of(writer, number)),
                [(Artifact(type_id=model, uri=f"{writer}/{number}"), Event(type=Event.OUTPUT))],
                [Context(type_id=run, name="shared"), Context(type_id=run, name=writer)],
                reuse_context_if_already_exist=True,
            )


def name_of(writer: str, number: int) -> str:
    return f"{writer}-{number}"


if __name__ == "__main__":
    main()
