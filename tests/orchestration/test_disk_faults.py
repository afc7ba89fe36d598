"""Disks that are full, broken, read-only or not ours: one clear error, nothing half, and the next run goes on."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.user_module import load_user_module
from gristmill.errors import GristmillError, RunError, StorageError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner, RunResult
from gristmill.orchestration.run_settings import Caching, RunSettings, overriding
from gristmill.proto.metadata_store_pb2 import Execution

from ..disks import PAGE, ROOMY, Disk, permissions_binding
from .conftest import LastResult

NODES = {"CsvExampleGen", "StatisticsGen", "SchemaGen", "train"}

PIPELINE = """
import os
from gristmill.components import CsvExampleGen, SchemaGen, StatisticsGen
from gristmill.dsl.annotations import InputArtifact, OutputArtifact
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Examples, Model, Schema

@component
def train(examples: InputArtifact[Examples], schema: InputArtifact[Schema], model: OutputArtifact[Model]):
    for part in ("graph", "weights"):
        with open(os.path.join(model.uri, part), "wb") as file:
            file.write(b"w" * 5000)

def create_pipeline(data, root, store):
    examples = CsvExampleGen(input_base=data)
    statistics = StatisticsGen(examples=examples.outputs["examples"])
    schema = SchemaGen(statistics=statistics.outputs["statistics"])
    model = train(examples=examples.outputs["examples"], schema=schema.outputs["schema"])
    return Pipeline("small", root, components=[examples, statistics, schema, model],
                    metadata_connection_config=store)
"""


class Mill:
    """A small pipeline, run in this process."""

    def __init__(self, folder: Path, root: Path, store: Path) -> None:
        self.root, self.store = root, store
        (folder / "data").mkdir()
        rows = "".join(f"{number},{number % 7}.5,word{number % 3}\n" for number in range(60))
        (folder / "data" / "rows.csv").write_text("a,b,c\n" + rows)
        (folder / "pipeline.py").write_text(textwrap.dedent(PIPELINE))
        self.data, self.module = str(folder / "data"), str(folder / "pipeline.py")

    def pipeline(self) -> Pipeline:
        made = load_user_module(self.module).create_pipeline(self.data, str(self.root), str(self.store))
        assert isinstance(made, Pipeline)
        return made

    def run(self) -> tuple[RunResult | None, Exception | None]:
        """What came of it, and the one error that it ended in."""
        seen = LastResult()
        with overriding(RunSettings(caching=Caching.ON, observer=seen, workers=1)):
            try:
                LocalDagRunner().run(self.pipeline())
            except RunError as failed:
                error = failed.__cause__
                return seen.result, error if isinstance(error, GristmillError) else AssertionError(repr(error))
            except GristmillError as error:
                return None, error
        return seen.result, None

    def payload_files(self) -> set[str]:
        return {str(path) for path in self.root.rglob("*") if path.is_file() and path.parent != self.store.parent}

    def check_nothing_is_half(self) -> set[str]:
        """Every file belongs to an artifact that the store knows, and nothing is RUNNING; ids of what is complete."""
        with MetadataStore(str(self.store)) as store:
            uris = [artifact.uri for artifact in store.get_artifacts()]
            executions = store.get_executions()
        others = [path for path in self.payload_files() if not any(path.startswith(uri + "/") for uri in uris)]
        assert not others
        good = (Execution.COMPLETE, Execution.CACHED)
        assert {execution.last_known_state for execution in executions} <= {*good, Execution.FAILED}
        names = {e.custom_properties["gristmill_node"].string_value for e in executions if e.last_known_state in good}
        return names & NODES

    def check_it_goes_on(self, finished: set[str]) -> None:
        """The next run finishes; what was finished before is reused."""
        result, error = self.run()
        assert error is None
        assert result is not None
        assert {node.node_id for node in result.nodes.values() if node.state.value == "cached"} == finished
        assert self.check_nothing_is_half() == NODES


def check_is_clear(error: Exception, *places: Path) -> None:
    """One message that names a file and says what to do."""
    assert "Hint: " in str(error)
    assert any(str(place) in str(error) for place in places), error


@pytest.fixture
def mill(tmp_path: Path) -> Mill:
    return Mill(tmp_path, tmp_path / "root", tmp_path / "store" / "metadata.sqlite")


@pytest.fixture
def mill_on_disk(tmp_path: Path, disk: Disk) -> Mill:
    """All that it writes but the store lies on the disk."""
    return Mill(tmp_path, disk.folder / "root", tmp_path / "store" / "metadata.sqlite")


def test_a_disk_that_fills_up_at_any_page_of_the_payloads(mill_on_disk: Mill, disk: Disk) -> None:
    for pages in range(1, 100):
        disk.holds(pages * PAGE)
        _, error = mill_on_disk.run()
        if error is None:
            break
        check_is_clear(error, mill_on_disk.root, Path(mill_on_disk.module))
        assert "No space left" in str(error) or "no space is left" in str(error)
        finished = mill_on_disk.check_nothing_is_half()
        disk.holds(ROOMY)
        mill_on_disk.check_it_goes_on(finished)
        disk.clear()
        shutil.rmtree(mill_on_disk.store.parent)
    assert 8 < pages < 99  # there were pages at which it failed, and one more than the last is enough


def test_a_disk_that_fills_up_at_any_write_of_the_store(tmp_path: Path, disk: Disk) -> None:
    mill = Mill(tmp_path, tmp_path / "root", disk.folder / "store" / "metadata.sqlite")
    unrecorded = 0
    for kilobytes in range(24, ROOMY, 64):
        disk.holds(kilobytes)
        _, error = mill.run()
        if error is None:
            break
        check_is_clear(error, mill.store)
        assert "full" in str(error) or "disk I/O error" in str(error)
        disk.holds(ROOMY)
        result, error = mill.run()  # closes what could not be recorded
        assert error is None
        assert result is not None
        finished = {node.node_id for node in result.nodes.values() if node.state.value == "cached"}
        unrecorded += finished != NODES
        assert mill.check_nothing_is_half() == NODES
        disk.clear()
        shutil.rmtree(mill.root, ignore_errors=True)
    assert unrecorded > 3


@pytest.mark.parametrize(
    ("call", "number", "told", "step"),
    [
        ("mkdir", errno.EDQUOT, "quota", 3),  # every third: there are many, and all are made by one function
        ("fsync", errno.EIO, "the disk reports a fault", 1),
        ("replace", errno.ENOSPC, "no space is left", 1),
    ],
)
def test_any_single_call_that_the_disk_refuses(
    mill: Mill, call: str, number: int, told: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = getattr(os, call)
    calls = 0
    refused = -1

    def refusing(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += not (call == "mkdir" and os.path.isdir(arguments[0]))  # making what is there fails anyway
        if calls == refused:
            calls += 1
            raise OSError(number, os.strerror(number))
        return real(*arguments, **options)

    monkeypatch.setattr(os, call, refusing)
    _, error = mill.run()
    assert error is None
    total = calls
    for each in range(1, total + 1, step):
        shutil.rmtree(mill.root)
        shutil.rmtree(mill.store.parent)
        calls, refused = 0, each
        _, error = mill.run()
        assert error is not None
        check_is_clear(error, mill.root, mill.store)
        assert told in str(error)
        finished = mill.check_nothing_is_half() if mill.store.exists() else set()
        mill.check_it_goes_on(finished)


def test_a_read_only_root_is_told_and_nothing_is_lost(mill_on_disk: Mill, disk: Disk) -> None:
    disk.remount("ro")
    result, error = mill_on_disk.run()
    assert error is not None
    assert result is not None
    assert "the file system is read-only" in str(error)
    check_is_clear(error, mill_on_disk.root)
    assert mill_on_disk.check_nothing_is_half() == set()
    disk.remount("rw")
    mill_on_disk.check_it_goes_on(set())


def test_a_root_that_turns_read_only_in_the_middle_keeps_the_error_that_tells_why(
    mill_on_disk: Mill, disk: Disk
) -> None:
    script = Path(mill_on_disk.module)
    turn = f"    import subprocess; subprocess.run(['mount', '-o', 'remount,ro', {str(disk.folder)!r}], check=True)\n"
    whole = script.read_text()
    script.write_text(whole.replace("    for part in", turn + "    for part in"))
    _, error = mill_on_disk.run()
    assert "Read-only file system" in str(error)
    with MetadataStore(str(mill_on_disk.store)) as store:
        [failed] = [e for e in store.get_executions() if e.last_known_state == Execution.FAILED]
    assert "what it wrote could not be removed" in failed.custom_properties["gristmill_error"].string_value
    disk.remount("rw")
    script.write_text(whole)
    result, error = mill_on_disk.run()
    assert error is None
    assert result is not None
    assert result.nodes["train"].state.value == "complete"


def test_a_root_that_is_a_file_is_told(mill: Mill) -> None:
    mill.root.write_text("")
    _, error = mill.run()
    assert error is not None
    check_is_clear(error, mill.root)
    assert "a file is where a folder must be" in str(error)
    mill.root.unlink()
    mill.check_it_goes_on(set())


def test_a_store_whose_folder_is_a_file_is_told(mill: Mill) -> None:
    mill.store.parent.write_text("")
    _, error = mill.run()
    assert error is not None
    check_is_clear(error, mill.store)
    mill.store.parent.unlink()
    mill.check_it_goes_on(set())


def test_a_store_on_a_read_only_disk_is_told(tmp_path: Path, disk: Disk) -> None:
    mill = Mill(tmp_path, tmp_path / "root", disk.folder / "store" / "metadata.sqlite")
    disk.remount("ro")
    _, error = mill.run()
    assert error is not None
    check_is_clear(error, mill.store)
    disk.remount("rw")
    mill.check_it_goes_on(set())
    disk.remount("ro")
    _, error = mill.run()
    assert error is not None
    check_is_clear(error, mill.store)
    disk.remount("rw")
    mill.check_it_goes_on(NODES)


def test_what_this_user_may_not_write_is_told(mill: Mill) -> None:
    mill.root.mkdir()
    mill.store.parent.mkdir(0o555)
    with permissions_binding():
        _, error = mill.run()
        assert error is not None
        check_is_clear(error, mill.store)  # no file can be made in its folder
        mill.store.parent.chmod(0o755)
        mill.root.chmod(0o555)
        _, error = mill.run()
        assert error is not None
        assert "permission is denied" in str(error)
        check_is_clear(error, mill.root)
        mill.root.chmod(0o755)
        mill.check_it_goes_on(set())
        mill.store.chmod(0o444)
        _, error = mill.run()
        assert error is not None
        check_is_clear(error, mill.store)
        for file in mill.store.parent.iterdir():  # SQLite gave its log the mode of the file
            file.chmod(0o644)
        mill.check_it_goes_on(NODES)


@pytest.mark.parametrize("file_format", ["tfrecords_gzip", "parquet"])
def test_sinks_name_the_file_that_has_no_room_and_leave_none(disk: Disk, file_format: str) -> None:
    import numpy as np
    import pyarrow as pa

    from gristmill.engine.local import LocalEngine
    from gristmill.io.examples_sink import ExamplesSink
    from gristmill.io.shard import Shard

    noise = np.random.default_rng(0).bytes(40_000)

    def read(shard: Shard) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"x": pa.array([[noise]], pa.list_(pa.binary()))})

    disk.holds(64)
    folder = disk.folder / "out"
    sink = ExamplesSink({"all": str(folder)}, prefix="data", file_format=file_format, rows_per_shard=2)
    with pytest.raises(StorageError, match=rf"no space is left(.|\n)*{folder}/\.data") as caught:
        LocalEngine().map([Shard(str(n), "none") for n in range(8)], lambda batch: {"all": batch}, sink, reader=read)
    assert caught.value.errno == errno.ENOSPC
    assert list(folder.iterdir()) == []


def test_the_command_ends_in_one_error_where_a_file_may_not_be_that_large(mill: Mill) -> None:
    script = Path(mill.module)
    with script.open("a") as file:
        file.write(f"\npipeline = create_pipeline({mill.data!r}, {str(mill.root)!r}, {str(mill.store)!r})\n")
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), -1)); " \
        "from gristmill.cli.main import main; main()"  # fmt: skip
    command = [sys.executable, "-c", code, "4500", "run", script.name]
    ended = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("Hint: ") == 1
    assert "Traceback" not in ended.stderr
