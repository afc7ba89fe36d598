"""Runs `gristmill run pipeline.py` in this process, on a small folder, and tells what a person and the store see."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import gristmill
from gristmill.cli.main import main
from gristmill.metadata import MetadataStore
from gristmill.orchestration.records import record_names as names
from gristmill.proto import metadata_store_pb2

HEAD = """\
import os
from gristmill.components import *
from gristmill.dsl.components import *
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import *

HERE = os.path.dirname(os.path.abspath(__file__))
gen = CsvExampleGen(os.path.join(HERE, "data"))
"""
_FRAME = re.compile(r'File "(.+?)", line')
_LIVE = metadata_store_pb2.Artifact.LIVE
_FAILED = metadata_store_pb2.Execution.FAILED


def pipeline_of(*lines: str, nodes: str) -> str:
    """A pipeline file: the generator of examples, these lines (the first is line 9), and a pipeline of these nodes."""
    end = f'pipeline = Pipeline("own", os.path.join(HERE, "root"), components=[{nodes}])\n'
    return HEAD + "".join(line + "\n" for line in lines) + end


def line_of(text: str, part: str) -> int:
    """The 1-based line in which a part of a file's text is."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@dataclass(frozen=True)
class Outcome:
    """What came of a command.

    Attributes:
        folder: where it ran.
        code: its exit code.
        output: what it printed on standard output.
        error: what it printed on standard error.
    """

    folder: Path
    code: object
    output: str
    error: str

    @property
    def message(self) -> str:
        """What gristmill says: everything behind the user's traceback, the folder's path as @."""
        _, _, told = self.error.rpartition("gristmill: ")
        return told.replace(str(self.folder), "@")

    @property
    def frames(self) -> list[str]:
        """The files of the frames that were shown, in order; paths in the folder below @."""
        return [file.replace(str(self.folder), "@") for file in _FRAME.findall(self.error)]

    def check_told_once(self) -> None:
        """One clear error: a message, one hint, no frame of ours."""
        ours = str(Path(gristmill.__file__).parent)
        assert self.code == 1, self.output + self.error
        assert self.error.count("gristmill: ") == 1, self.error
        assert self.message.count("Hint: ") == 1, self.error
        assert self.message.rstrip().splitlines()[-1].startswith("  Hint: "), self.error
        assert not [file for file in self.frames if file.startswith(ours)], self.error

    def check_step_failed(self, node_id: str) -> None:
        """The store has the failure with the message that was told; nothing of the step's outputs is left anywhere."""
        store = MetadataStore(str(self.folder / "root" / "metadata.sqlite"))
        try:
            executions = store.get_executions()
            artifacts = store.get_artifacts()
            events = store.get_events_by_execution_ids([execution.id for execution in executions])
        finally:
            store.close()
        failed = [each for each in executions if each.last_known_state == _FAILED]
        named = [each.custom_properties[names.NODE_NAME].string_value for each in failed]
        assert named == [node_id], [each.last_known_state for each in executions]
        recorded = failed[0].custom_properties[names.ERROR].string_value.replace(str(self.folder), "@")
        assert self.message.rstrip("\n").endswith(recorded), (self.message, recorded)
        made = {event.artifact_id for event in events if event.execution_id == failed[0].id and event.type in _OUTPUTS}
        assert not [each for each in artifacts if each.id in made and each.state == _LIVE]
        assert [path for path in (self.folder / "root" / node_id).rglob("*") if path.is_file()] == []


_OUTPUTS = (metadata_store_pb2.Event.OUTPUT, metadata_store_pb2.Event.DECLARED_OUTPUT)


def run_in(folder: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str | bytes]) -> Outcome:
    """Write some files beside a CSV file with data, and run pipeline.py, one of them."""
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "rows.csv").write_text("n,word\n" + "".join(f"{number},w{number % 3}\n" for number in range(30)))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)
    monkeypatch.setattr(sys, "argv", ["gristmill", "run", "pipeline.py"])
    output, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(error):
        try:
            main()
        except SystemExit as leaving:
            return Outcome(folder, leaving.code, output.getvalue(), error.getvalue())
    return Outcome(folder, 0, output.getvalue(), error.getvalue())
