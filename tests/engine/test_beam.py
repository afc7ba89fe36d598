"""The engine on Beam: the contract on several runners, and what only a cluster can get wrong."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

pytest.importorskip("apache_beam")

from apache_beam.options.pipeline_options import FlinkRunnerOptions

from gristmill.dsl.user_module import load_user_module
from gristmill.dsl.user_sources import sources_named_in
from gristmill.engine import Engine, Progress, engine_for
from gristmill.engine.beam import BeamEngine
from gristmill.engine.beam.fault_record import error_of, record_of
from gristmill.engine.beam.shipping import digest_of, pack, unpack
from gristmill.engine.beam.tasks import AddUp, Mapping, WriteRows, shard_element
from gristmill.engine.beam.workspace import Workspace
from gristmill.errors import ConfigError, GristmillError, MissingExtraError, Place, UserCodeError
from gristmill.io import filesystem
from gristmill.io.csv import CsvReader, infer_csv_schema
from gristmill.io.examples import ExamplesSink, read_examples
from gristmill.io.shard import Shard
from gristmill.testing.engine import (
    EngineConformance,
    FailingCounts,
    ValueCounts,
    examples_batch,
    odd_and_even,
    read_counting,
    values_in,
    write_shards,
)

pytestmark = pytest.mark.beam

IN_PROCESS = ["--runner=FnApiRunner"]
# A worker of its own: a process in another folder, which knows nothing of this one but what it is sent.
APART = [
    "--runner=PortableRunner",
    "--job_endpoint=embed",
    "--environment_type=beam:env:harness_subprocess_python:v1",
    f"--environment_config=cd / && exec {sys.executable} -m apache_beam.runners.worker.sdk_worker_main",
]


class TestFnApiRunner(EngineConformance):
    @pytest.fixture
    def engine(self) -> Engine:
        return BeamEngine(IN_PROCESS)


class TestPortableRunner(EngineConformance):
    @pytest.fixture
    def engine(self) -> Engine:
        return BeamEngine(["--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=LOOPBACK"])


USER_MODULE = """
import pyarrow as pa
from counting import Counts
from gristmill.engine import Accumulator
from gristmill.io.examples import read_examples
from scaling import FACTOR


class ScaledSum(Counts, Accumulator):
    def add(self, state, batch):
        return state + FACTOR * sum(batch.column("x").flatten().to_pylist())


def scaled(batch):
    return {"all": pa.record_batch({"x": pa.array([[FACTOR * row[0]] for row in batch.column("x").to_pylist()])})}


def fails(batch):
    raise KeyError("the user's own mistake")


def read(shard):
    yield from read_examples(shard)
"""
COUNTING = """
class Counts:
    def create(self):
        return 0

    def merge(self, a, b):
        return a + b

    def extract(self, state):
        return state
"""


@pytest.fixture
def user_module(tmp_path: Path) -> Any:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "features.py").write_text(USER_MODULE)
    (folder / "counting.py").write_text(COUNTING)
    (folder / "scaling.py").write_text("FACTOR = 3\n")
    return load_user_module(str(folder / "features.py"))


def test_a_users_modules_reach_a_worker_that_does_not_have_them(
    user_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shards = write_shards("in", 3, rows=10)
    engine = BeamEngine(APART, temp_location="tmp", find_sources=sources_named_in)
    assert engine.aggregate(shards, user_module.ScaledSum(), reader=user_module.read) == 3 * 45
    written = engine.map(shards, user_module.scaled, ExamplesSink({"all": "out"}, prefix="x"), reader=user_module.read)
    assert values_in(written["all"]) == [3 * value for value in range(10)]
    assert filesystem.list_dir("tmp") == []


def test_an_error_of_a_users_code_keeps_its_kind_and_its_traceback(user_module: Any, tmp_path: Path) -> None:
    shards = write_shards(str(tmp_path / "in"), 2, rows=10)
    engine = BeamEngine(APART, temp_location=str(tmp_path / "tmp"), find_sources=sources_named_in)
    with pytest.raises(KeyError, match="the user's own mistake") as caught:
        engine.map(shards, user_module.fails, ExamplesSink({"all": str(tmp_path / "out")}, prefix="x"))
    trace = str(caught.value.__cause__)
    assert "features.py" in trace
    assert "in fails" in trace
    assert filesystem.list_dir(str(tmp_path / "tmp")) == []


def test_progress_comes_from_the_calling_thread_and_ends_at_the_total(tmp_path: Path) -> None:
    reports: list[tuple[Progress, int]] = []
    engine = engine_for(IN_PROCESS, lambda progress: reports.append((progress, threading.get_ident())))
    engine.aggregate(write_shards(str(tmp_path), 5), ValueCounts(), stage="counting")
    assert reports[-1] == (Progress("counting", 1000, 1000, "rows"), threading.get_ident())


def test_a_stopped_run_ends_the_job_and_leaves_nothing(tmp_path: Path) -> None:
    class Interrupted(BaseException):
        pass

    def stop(progress: Progress) -> None:
        raise Interrupted

    engine = BeamEngine(IN_PROCESS, stop, temp_location=str(tmp_path / "tmp"))
    sink = ExamplesSink({name: str(tmp_path / name) for name in ("odd", "even")}, prefix="x")
    with pytest.raises(Interrupted):
        engine.map(write_shards(str(tmp_path / "in"), 40), odd_and_even, sink)
    assert filesystem.walk_files(str(tmp_path / "tmp")) == []
    assert not any(
        filesystem.walk_files(str(tmp_path / name)) for name in ("odd", "even") if (tmp_path / name).exists()
    )


def test_workers_that_go_on_after_a_stopped_run_bring_nothing_back(tmp_path: Path) -> None:
    shards = write_shards(str(tmp_path / "in"), 2)
    workspace = Workspace(str(tmp_path / "work"))

    def is_stopped_meanwhile(batch: pa.RecordBatch) -> dict[str, pa.RecordBatch]:
        workspace.remove()
        return {"all": batch}

    packed = pack(
        Mapping(is_stopped_meanwhile, ExamplesSink({"all": str(tmp_path / "out")}, prefix="x"), read_examples)
    )
    workspace.write_cargo(packed)
    task = WriteRows(workspace, digest_of(packed))
    for index, shard in enumerate(shards):  # the first is under way, the second has not begun
        assert list(task.process(shard_element(index, shard))) == []
    assert not (tmp_path / "work").exists()
    assert filesystem.list_dir(str(tmp_path / "out")) == []


def test_a_workspace_that_cannot_be_removed_hides_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def is_busy(uri: str) -> None:
        raise OSError(39, "Directory not empty", uri)

    monkeypatch.setattr(filesystem, "remove_tree", is_busy)
    engine = BeamEngine(IN_PROCESS, temp_location=str(tmp_path))
    with pytest.raises(KeyError, match="the user's own mistake"):
        engine.aggregate([Shard("600", "test")], FailingCounts(), reader=read_counting)
    assert "could not be removed" in caplog.text


def test_a_workspace_that_cannot_be_filled_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_is_full(workspace: Workspace, packed: bytes) -> None:
        filesystem.write_bytes(filesystem.join(workspace.uri, "half"), packed[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Workspace, "write_cargo", disk_is_full)
    with pytest.raises(OSError, match="No space left"):
        BeamEngine(IN_PROCESS, temp_location=str(tmp_path / "tmp")).aggregate([Shard("1", "test")], ValueCounts())
    assert filesystem.list_dir(str(tmp_path / "tmp")) == []


def test_csv_files_of_relative_names_are_read_by_workers_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("x,y\n1,a\n2,b\n")
    schema = infer_csv_schema(["data/a.csv"])
    for flags in (IN_PROCESS, APART):
        found = BeamEngine(flags).aggregate(schema.shards(), ValueCounts(), reader=CsvReader(schema))
        assert found == {1: 1, 2: 1}


def test_work_that_a_runner_does_twice_or_gives_up_leaves_no_file(tmp_path: Path) -> None:
    shards = write_shards(str(tmp_path / "in"), 2)
    directories = {name: str(tmp_path / name) for name in ("odd", "even")}
    sink = ExamplesSink(directories, prefix="x")
    workspace = Workspace(str(tmp_path / "work"))
    packed = pack(Mapping(odd_and_even, sink, read_examples))
    workspace.write_cargo(packed)
    for index, shard in [*enumerate(shards), *enumerate(shards)]:
        list(WriteRows(workspace, digest_of(packed)).process(shard_element(index, shard)))
    given_up = sink.part()
    given_up.append("odd", given_up.encode("odd", examples_batch(0, 1)), 1)
    given_up.staged()
    for name in workspace.parts():
        sink.adopt(workspace.read_part(name))
    written = sink.finish()
    assert values_in(written["odd"]) == list(range(1, 1000, 2))
    assert sorted(str(path) for path in (tmp_path / "odd").iterdir()) == [shard.uri for shard in written["odd"]]


class RunsCode:
    """Something that is not the job's: leaves a file where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._trace,)


@pytest.mark.parametrize("flags", [IN_PROCESS, APART], ids=["in process", "apart"])
def test_what_others_put_into_the_workspace_is_not_run(
    flags: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace"
    write_cargo = Workspace.write_cargo

    def exchanged(workspace: Workspace, packed: bytes) -> None:
        write_cargo(workspace, pack(RunsCode(trace)))

    monkeypatch.setattr(Workspace, "write_cargo", exchanged)
    engine = BeamEngine(flags, temp_location=str(tmp_path / "tmp"))
    with pytest.raises(ConfigError, match=r"(?s)must be what the job has packed.*SHA-256"):
        engine.aggregate(write_shards(str(tmp_path / "in"), 2), ValueCounts())
    assert not trace.exists()
    exchanged_bytes = pack(RunsCode(trace))
    unpack(exchanged_bytes, digest_of(exchanged_bytes))
    assert trace.exists()  # it would have run


def test_workers_that_write_elsewhere_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shards = write_shards(str(tmp_path / "in"), 2)
    monkeypatch.setattr(AddUp, "work", lambda self, index, shard: [])
    with pytest.raises(ConfigError, match=r"(?s)results are not where.*0 of 3 shards.*--temp_location"):
        BeamEngine(IN_PROCESS).aggregate(shards, ValueCounts())


@pytest.mark.parametrize(
    "error",
    [
        UserCodeError("run_fn failed", place=Place(uri="m.py", line=3)),
        MissingExtraError("tensorflow", "tensorflow", "Reading models"),
        FileNotFoundError(2, "No such file or directory", "a.csv"),
        pa.ArrowInvalid("not a number"),
        RuntimeError("plain"),
    ],
)
def test_errors_come_back_as_they_were(error: Exception) -> None:
    found = error_of(record_of(error))
    assert type(found) is type(error)
    assert str(found) == str(error)


def test_an_error_of_a_class_that_is_not_known_here_tells_its_name() -> None:
    class OddError(Exception):
        def __init__(self, a: int, b: int) -> None:
            super().__init__(f"{a} and {b}")

    assert str(error_of(record_of(OddError(1, 2)))).endswith("OddError: 1 and 2")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--runner=FnApiRunner", "--direct_num_worker=2"], r"no option '--direct_num_worker'.*'--direct_num_workers'"),
        (["--runner=FnApiRunner", "--direct_num_workers=many"], "not well formed.*direct_num_workers.*many"),
        (["--runner=FnApiRunner", "--colour", "red"], r"no option '--colour'"),
        (["--runner=FnApiRunner", "red"], "--name=value, and one of them has no name"),
        (["--runner=Fnapirunne"], "did you mean 'FnApiRunner'"),
    ],
)
def test_flags_that_beam_does_not_know_are_refused(flags: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        engine_for(flags)


def test_flags_of_a_runners_own_pass_through(caplog: pytest.LogCaptureFixture) -> None:
    flags = ["--runner=flink", "--flink_master=host:8081", "--parallelism=4", "--odd_setting=1", "--job_endpoint=x:1"]
    engine = engine_for(flags)
    assert isinstance(engine, BeamEngine)
    assert engine.options.view_as(FlinkRunnerOptions).flink_master == "host:8081"
    assert "--odd_setting" in caplog.text


def test_values_of_unknown_flags_are_not_told_since_they_may_be_secrets(caplog: pytest.LogCaptureFixture) -> None:
    secret = "--s3_secret_acces_key=hunter2"  # misspelt
    with pytest.raises(ConfigError, match="'--s3_secret_acces_key'") as caught:
        engine_for([*IN_PROCESS, secret])
    engine_for(["--runner=flink", secret])
    assert "--s3_secret_acces_key" in caplog.text
    assert "hunter2" not in f"{caught.value}{caplog.text}"


def test_a_runner_that_fails_is_told_with_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AddUp, "process", lambda self, element: 1 / 0)  # not in the work, whose faults are kept
    engine = BeamEngine(IN_PROCESS, temp_location=str(tmp_path / "tmp"))
    with pytest.raises(GristmillError, match=r"(?s)could not finish the job.*division by zero"):
        engine.aggregate(write_shards(str(tmp_path / "in"), 1), ValueCounts())
    assert filesystem.list_dir(str(tmp_path / "tmp")) == []


def test_what_cannot_be_shipped_is_told(tmp_path: Path) -> None:
    handle = (tmp_path / "file").open("w")
    with handle, pytest.raises(ConfigError, match="must be shippable"):
        BeamEngine(IN_PROCESS).map(
            [Shard("1", "test")], lambda batch: {str(handle): batch}, ExamplesSink({}, prefix="x")
        )


def test_local_modules_of_plain_names_travel_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plainly_named.py").write_text(
        "from beside_it import TWO\n\n\ndef double(batch):\n    return {'n': TWO}\n"
    )
    (tmp_path / "beside_it.py").write_text("TWO = 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import plainly_named  # type: ignore[import-not-found]

    packed = pack(plainly_named.double, sources_named_in)
    digest = digest_of(packed)
    script = f"from gristmill.engine.beam.shipping import unpack; print(unpack({packed!r}, {digest!r})(None))"
    ended = subprocess.run([sys.executable, "-c", script], cwd="/", capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "{'n': 2}"
