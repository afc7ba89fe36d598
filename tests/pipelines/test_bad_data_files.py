"""Bad files of data through the whole command: one clear error, a FAILED execution that says it, and nothing left."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gristmill.cli.main import main
from gristmill.io.tfrecord import gzip_block
from gristmill.metadata import MetadataStore
from gristmill.orchestration.records.record_names import ERROR
from gristmill.proto import metadata_store_pb2

from .bad_files import BAD_FILES, OTHER_KIND, RECORDS, BadFile, Content, csv_rows, flipped, frames, record

PIPELINE = """
from gristmill.components import *
from gristmill.dsl.importer import Importer
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Examples
from gristmill.io.csv import ColumnType, CsvOptions
from gristmill.proto import example_gen_pb2

{nodes}
pipeline = Pipeline("bad", "root", components=nodes)
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `gristmill` in this process, in an empty folder; what it printed, and its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "500")
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)

    def command(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["gristmill", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        printed = capsys.readouterr()
        return Ran(int(leaving.value.code or 0), printed.out, printed.err)

    return command


def write_input(files: Mapping[str, Content]) -> None:
    for name, content in files.items():
        path = Path("data", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content(path)


def write_pipeline(nodes: str) -> None:
    Path("pipeline.py").write_text(PIPELINE.format(nodes=nodes))


def recorded_error(step: str) -> str:
    """The message of the step's last execution, which must have failed."""
    with MetadataStore("root/metadata.sqlite") as store:
        execution = store.get_executions_by_type(f"gristmill.components.{MODULES[step]}.{step}")[-1]
    assert execution.last_known_state == metadata_store_pb2.Execution.FAILED
    return execution.custom_properties[ERROR].string_value


MODULES = {
    "CsvExampleGen": "csv_example_gen",
    "ImportExampleGen": "import_example_gen",
    "StatisticsGen": "statistics_gen",
}


def assert_refused(ran: Ran, step: str, *told: str) -> None:
    """The command failed with the message that is recorded, which names what it must; the step left nothing."""
    assert ran.code == 1
    error = recorded_error(step)
    assert ran.err == f"gristmill: {step} failed: {error}\n"
    for text in (*told, "\n  Hint: "):
        assert text in error
    assert "Traceback" not in ran.out
    assert f"✗ {step}" in ran.out
    with MetadataStore("root/metadata.sqlite") as store:
        written = {artifact.uri for artifact in store.get_artifacts()}
    assert not any(f"/{step}/" in uri for uri in written)
    left = [path for path in Path("root", step).rglob("*") if not path.is_dir()]
    assert left == []


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_told_recorded_and_leaves_nothing(command: Command, name: str) -> None:
    case: BadFile = BAD_FILES[name]
    write_input(case.files)
    write_pipeline(f"nodes = [{case.step}('data', {case.arguments})]")
    assert_refused(command("run", "pipeline.py"), case.step, *case.told)
    [node] = json.loads(command("show", "--json").out)["nodes"]
    assert (node["state"], node["error"], node["outputs"]) == ("failed", recorded_error(case.step), {})


# --- what one row of many does to a column ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "note"),
    [
        (b"n/a,w\n", "column 'n' is text because of data/x.csv, line 5002, column 'n': 'n/a'"),
        (
            b"9223372036854775808,w\n",
            "column 'n' is text because of data/x.csv, line 5002, column 'n': '9223372036854775808'",
        ),
        (b"1e40,w\n", "column 'n' is text because of data/x.csv, line 5002, column 'n': '1e40'"),
        (b"2.5,w\n", "column 'n' is FLOAT because of data/x.csv, line 5002, column 'n': '2.5'"),
    ],
    ids=["text", "past 64 bits", "past 32-bit floats", "fraction"],
)
def test_one_value_that_makes_a_column_wider_is_reported_with_its_place(
    command: Command, last: bytes, note: str
) -> None:
    write_input({"x.csv": csv_rows(5000, last)})
    write_pipeline("nodes = [CsvExampleGen('data')]")
    for ran in (command("run", "pipeline.py"), command("show")):
        assert ran.code == 0
        assert note in ran.out.replace("5,002", "5002")


# --- examples that are read again -------------------------------------------------------------------------------------

DAMAGED_EXAMPLES = {
    "cut off": ({"x.gz": frames(*RECORDS)[:-7]}, (f"x.gz, {record(19)}", "cut off")),
    "flipped": ({"x.gz": flipped(frames(*RECORDS), 60)}, (f"x.gz, {record(1)}", "checksum")),
    "two kinds": ({"x.gz": frames(RECORDS[0], OTHER_KIND)}, (f"x.gz, {record(1)}, column 'n'", "one kind")),
    "no files": ({}, ("Split-train", "no files of it")),
}


@pytest.mark.parametrize("name", DAMAGED_EXAMPLES)
def test_damaged_examples_stop_the_step_that_reads_them(command: Command, name: str) -> None:
    files, told = DAMAGED_EXAMPLES[name]
    folder = Path("examples", "Split-train")
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    write_pipeline(
        "given = Importer('examples', Examples, properties={'split_names': '[\"train\"]'}).with_id('Given')\n"
        "nodes = [given, StatisticsGen(given.outputs['result'])]"
    )
    assert_refused(command("run", "pipeline.py"), "StatisticsGen", *told)


def test_examples_that_were_altered_are_made_again_and_never_read(command: Command) -> None:
    write_input({"x.csv": csv_rows(30)})
    write_pipeline("made = CsvExampleGen('data')\nnodes = [made, StatisticsGen(made.outputs['examples'])]")
    assert command("run", "pipeline.py", "--to", "CsvExampleGen").code == 0
    [file] = Path("root/CsvExampleGen/examples").glob("*/Split-train/*.gz")
    file.write_bytes(flipped(file.read_bytes(), 50))
    refused = command("run", "pipeline.py", "--from", "StatisticsGen")
    assert refused.code == 1
    assert "was altered since it was written\n  Hint: run CsvExampleGen as well" in refused.err
    healed = command("run", "pipeline.py")
    assert healed.code == 0
    assert "was altered since it was written" in healed.out


# --- bounds, in processes of their own --------------------------------------------------------------------------------


def peak_memory(folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """A command as a person runs it, and the MiB that it took at most."""
    program = f"""
import resource, subprocess, sys
ran = subprocess.run([{sys.executable!r}, "-m", "gristmill.cli.main", *sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(ran.returncode)
"""
    environment = {**os.environ, "COLUMNS": "500"}
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ran, int(ran.stdout.split()[-1])


def test_a_line_of_a_gigabyte_ends_at_the_bound_of_a_row(command: Command, tmp_path: Path) -> None:
    write_input({"x.csv": csv_rows(30)})
    with open("data/x.csv", "r+b") as file:  # sparse: a gigabyte of NUL bytes without a line end
        file.seek(0, os.SEEK_END)
        file.truncate(file.tell() + (1 << 30))
    write_pipeline("nodes = [CsvExampleGen('data')]")
    ran, peak = peak_memory(tmp_path, "run", "pipeline.py")
    error = recorded_error("CsvExampleGen")
    assert (ran.returncode, ran.stderr) == (1, f"gristmill: CsvExampleGen failed: {error}\n")
    assert "a row is longer than 67,108,864 bytes\n  data/x.csv, line 32" in error
    assert "Hint: " in error
    assert peak < 600


def test_a_gzip_bomb_takes_no_memory(command: Command, tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(1 << 20), 1)
    write_input({"x.gz": gzip_block(frames(*RECORDS)) + bomb * 2048})
    write_pipeline("nodes = [ImportExampleGen('data')]")
    ran, peak = peak_memory(tmp_path, "run", "pipeline.py")
    error = recorded_error("ImportExampleGen")
    assert (ran.returncode, ran.stderr) == (1, f"gristmill: ImportExampleGen failed: {error}\n")
    assert f"data/x.gz, {record(20)}" in error
    assert peak < 400
