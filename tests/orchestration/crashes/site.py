"""A small project of every kind of node in which processes crash, and what must hold there afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from gristmill.dsl.artifact import Artifact
from gristmill.io import filesystem
from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import NodeRecord, list_runs, node_records
from gristmill.orchestration.records.run_records import RunRecord
from gristmill.proto.metadata_store_pb2 import Artifact as ArtifactMessage
from gristmill.proto.metadata_store_pb2 import Execution

PIPELINE = """
import os
from pathlib import Path
from gristmill.dsl.components import InputArtifact, OutputArtifact, OutputDict, Parameter, component
from gristmill.dsl.importer import Importer
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.resolver import Resolver
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Model, Schema
from gristmill.dsl.strategies.latest_artifact import LatestArtifactStrategy

def note(line):
    with open("calls.txt", "a") as file:
        file.write(line + "\\n")

def write(artifact, text):
    for part in ("a.txt", "nested/b.txt"):
        path = Path(artifact.uri, part)
        path.parent.mkdir(exist_ok=True)
        path.write_text(part + ": " + text)

def read(artifact):
    return Path(artifact.uri, "nested", "b.txt").read_text()

@component
def generate(schema: InputArtifact[Schema], text: Parameter[str], rows: OutputArtifact[Model]):
    note("generate")
    write(rows, text + Path(schema.uri).read_text())

@component
def left(rows: InputArtifact[Model], out: OutputArtifact[Model]):
    note("left")
    write(out, read(rows).upper())

@component
def right(rows: InputArtifact[Model], out: OutputArtifact[Model]):
    note("right")
    write(out, "right of " + read(rows))

@component
def join(a: InputArtifact[Model], b: InputArtifact[Model], out: OutputArtifact[Model]) -> OutputDict(length=int):
    note("join")
    write(out, read(a) + " & " + read(b))
    return {"length": len(read(out))}

imported = Importer(source_uri="schema.txt", artifact_type=Schema).with_id("imported")
latest = Resolver(strategy_class=LatestArtifactStrategy, schema=imported.outputs["result"]).with_id("latest")
rows = generate(schema=latest.outputs["schema"], text=RuntimeParameter("text", str, default="hello"))
l, r = left(rows=rows.outputs["rows"]), right(rows=rows.outputs["rows"])
pipeline = Pipeline("crashing", "root", components=[
    imported, latest, rows, l, r, join(a=l.outputs["out"], b=r.outputs["out"])])
"""
FUNCTIONS = ("generate", "left", "right", "join")
NODES = ("imported", "latest", *FUNCTIONS)


class WarmProcess:
    """The parent of all commands; see ``warm_process``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[WarmProcess]:
        command = [sys.executable, str(Path(__file__).with_name("warm_process.py"))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            warm = cls(process)
            assert warm._pipe(process.stdout).readline() == '"ready"\n'
            yield warm
            warm._pipe(process.stdin).close()

    def ask(self, request: Mapping[str, object]) -> Any:
        stdin = self._pipe(self._process.stdin)
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        return json.loads(self._pipe(self._process.stdout).readline())

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


@dataclass(frozen=True)
class Ended:
    """A command that has ended. The code is negative where a signal ended it."""

    pid: int
    code: int
    out: str
    errors: str


@dataclass
class Command:
    """A command that runs; it has a code when its end was seen."""

    warm: WarmProcess
    pid: int
    stdout: Path
    stderr: Path
    code: int | None = None

    def wait(self) -> Ended:
        _, code = self.warm.ask({"wait": self.pid, "suspended": False})
        return self.ended(code)

    def wait_until_suspended(self) -> None:
        assert self.warm.ask({"wait": self.pid, "suspended": True}) == [self.pid, -signal.SIGSTOP]

    def ended(self, code: int) -> Ended:
        self.code = code
        return Ended(self.pid, code, self.stdout.read_text(), self.stderr.read_text())


class Site:
    """The project's folder."""

    def __init__(self, folder: Path, warm: WarmProcess) -> None:
        self.folder = folder
        self._warm = warm
        self._commands = 0
        self.write("pipeline.py", PIPELINE)
        self.write("schema.txt", " of schema")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def start(self, *arguments: str, kill_at_write: int = 0, at_barrier: bool = False) -> Command:
        """Start ``gristmill …`` in the folder; it may wait at the barrier before it does anything."""
        self._commands += 1
        outputs = [self.folder / f"{stream}-{self._commands}.log" for stream in ("stdout", "stderr")]
        request = {
            "arguments": arguments,
            "cwd": str(self.folder),
            "stdout": str(outputs[0]),
            "stderr": str(outputs[1]),
            "kill_at_write": kill_at_write,
            "at_barrier": at_barrier,
        }
        pid = self._warm.ask({"start": request})
        return Command(self._warm, pid, *outputs)

    def run(self, *arguments: str, kill_at_write: int = 0) -> Ended:
        """``gristmill run pipeline.py …``, to its end."""
        return self.start("run", "pipeline.py", *arguments, kill_at_write=kill_at_write).wait()

    def run_at_once(self, count: int, *arguments: str) -> list[Command]:
        """Runs that go off together."""
        runs = [self.start("run", "pipeline.py", *arguments, at_barrier=True) for _ in range(count)]
        self._warm.ask({"go": True})
        return runs

    def first_ended(self, commands: Collection[Command]) -> Ended:
        """Wait until one of them has ended."""
        pid, code = self._warm.ask({"wait": -1, "suspended": False})
        return next(command.ended(code) for command in commands if command.pid == pid)

    def resume(self) -> Ended:
        """A run to which nothing happens; it must succeed."""
        ended = self.run()
        assert ended.code == 0, ended.out + ended.errors
        return ended

    @contextmanager
    def store(self) -> Iterator[MetadataStore]:
        with MetadataStore(str(self.folder / "root" / "metadata.sqlite")) as store:
            yield store

    def runs(self) -> list[RunRecord]:
        """Oldest first."""
        with self.store() as store:
            return list_runs(store)[::-1]

    def executions(self) -> list[Execution]:
        with self.store() as store:
            return list(store.get_executions())

    def nodes(self, run: RunRecord) -> dict[str, NodeRecord]:
        with self.store() as store:
            return {node.node_id: node for node in node_records(store, run)}

    def states(self, run: RunRecord) -> dict[str, str]:
        return {node_id: node.state for node_id, node in self.nodes(run).items()}

    def calls(self) -> list[str]:
        path = self.folder / "calls.txt"
        return path.read_text().split() if path.exists() else []

    def outputs(self) -> dict[str, bytes]:
        """What the last run's nodes have written, as files, under names that do not depend on ids."""
        [*_, last] = self.runs()
        found = {}
        with self.store() as store:
            for node in node_records(store, last):
                for key, artifacts in node.outputs(store).items():
                    for path, content in self._payload(artifacts[0]):
                        found[f"{node.node_id}/{key}/{path}"] = content
        return found

    def _payload(self, artifact: Artifact) -> list[tuple[str, bytes]]:
        path = self.folder / filesystem.local_path(artifact.uri)
        files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
        return [(str(each.relative_to(path)), each.read_bytes()) for each in files]

    def check_consistent(self) -> None:
        """Nothing is left open, half done or unowned, and nothing is missing."""
        assert not [run for run in self.runs() if run.state == "running"]
        assert not [e for e in self.executions() if e.last_known_state in (Execution.RUNNING, Execution.NEW)]
        root = self.folder / "root"
        with self.store() as store:
            artifacts = store.get_artifacts()
        assert {artifact.state for artifact in artifacts} <= {ArtifactMessage.LIVE}
        owned = [self.folder / filesystem.local_path(artifact.uri) for artifact in artifacts]
        assert all(path.exists() for path in owned)
        stored = {path for path in root.rglob("*") if path.is_file() and not path.name.startswith("metadata.sqlite")}
        assert {path for path in stored if not any(path.is_relative_to(uri) for uri in owned)} == set()
        assert list(root.glob("*/.system/executions/*")) == []
