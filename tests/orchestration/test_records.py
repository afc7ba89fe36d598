"""Runs in the store: numbers, owners, URLs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.dsl.annotations import OutputArtifact, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Model
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner, NodeState, RunResult, experimental, metadata
from gristmill.orchestration.history import find_run, list_runs
from gristmill.orchestration.records.heartbeat import Heartbeat
from gristmill.orchestration.records.process_identity import current_process
from gristmill.orchestration.records.record_names import HEARTBEAT
from gristmill.orchestration.records.run_records import (
    ContextTypes,
    RunRecord,
    int_of,
    last_run,
    newest_runs,
    open_run,
    owner_of,
)
from gristmill.orchestration.store_url import store_url


def open_one(store: MetadataStore, pipeline: str = "p", request: str = "") -> RunRecord:
    types = ContextTypes.register(store)
    asked = {"pipeline_name": pipeline, "pipeline_root": "/root", "node_ids": ["a", "b"], "request": request}
    return open_run(store, types, **asked)  # type: ignore[arg-type]


def test_runs_that_start_together_get_different_numbers(tmp_path: Path) -> None:
    with MetadataStore(str(tmp_path / "m.sqlite")) as store:
        numbers: list[int] = []
        threads = [threading.Thread(target=lambda: numbers.append(open_one(store).number)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(numbers) == list(range(1, 9))


def test_a_run_tells_who_runs_it(tmp_path: Path) -> None:
    with MetadataStore(str(tmp_path / "m.sqlite")) as store:
        assert owner_of(open_one(store).context) == current_process()


def test_a_heartbeat_renews_only_itself(tmp_path: Path) -> None:
    with MetadataStore(str(tmp_path / "m.sqlite")) as store:
        run = open_one(store)
        before = store.get_contexts_by_id([run.context.id])[0]
        with Heartbeat(store, run.context) as heartbeat:
            run.context.custom_properties[HEARTBEAT].int_value = 0
            heartbeat.beat()
        after = store.get_contexts_by_id([run.context.id])[0]
    assert int_of(after, HEARTBEAT) >= int_of(before, HEARTBEAT)
    del before.custom_properties[HEARTBEAT], after.custom_properties[HEARTBEAT]
    assert before.custom_properties == after.custom_properties


def test_a_run_is_found_by_number_pipeline_and_number_id_or_as_the_latest(tmp_path: Path) -> None:
    with MetadataStore(str(tmp_path / "m.sqlite")) as store:
        first, other = open_one(store, "p"), open_one(store, "q")
        assert find_run(store, "p/1").run_id == first.run_id
        assert find_run(store, other.run_id).pipeline_name == "q"
        assert find_run(store, "latest").run_id == other.run_id
        with pytest.raises(ConfigError, match="several pipelines have a run of that number"):
            find_run(store, "1")
        with pytest.raises(ConfigError, match="there is no such run"):
            find_run(store, "7")


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[MetadataStore]:
    """30 runs of p without an execution, of which one was asked for the same as 12 later runs of another pipeline."""
    with MetadataStore(str(tmp_path / "m.sqlite")) as store:
        for number in range(1, 31):
            open_one(store, "p", "other" if number == 2 else "usual")
        for _ in range(12):
            open_one(store, "q", "other")
        yield store


def test_the_last_run_of_a_pipeline_is_found_behind_many_runs_of_another(crowded: MetadataStore) -> None:
    runs = {asked: last_run(crowded, "p", asked) for asked in ("", "usual", "other", "never")}
    assert {asked: run and run.number for asked, run in runs.items()} == {
        "": 30,
        "usual": 30,
        "other": 2,
        "never": None,
    }
    assert last_run(crowded, "absent") is None


@pytest.mark.parametrize("at_once", [1, 10, 100])
def test_runs_come_newest_first(crowded: MetadataStore, at_once: int) -> None:
    assert [run.number for run in newest_runs(crowded, "p", at_once=at_once)] == [*range(30, 0, -1)]
    everything = [(run.pipeline_name, run.number) for run in newest_runs(crowded, at_once=at_once)]
    assert everything == [(run.pipeline_name, run.number) for run in list_runs(crowded)]
    assert list(newest_runs(crowded, "absent")) == []


def test_the_url_of_a_store_has_no_password() -> None:
    config = metadata.mysql_metadata_connection_config("db", 3306, "ml", "me", "secret")
    assert store_url(config) == "mysql://me@db:3306/ml"
    assert store_url("postgresql://me:secret@db/ml") == "postgresql://me@db/ml"
    assert store_url("postgresql://h/d?user=u&password=x&sslPassword=x&sslmode=require") == (
        "postgresql://h/d?sslmode=require&user=u"
    )


def test_the_url_of_a_sqlite_store_is_its_path() -> None:
    assert store_url("sqlite:////data/m.sqlite") == "/data/m.sqlite"
    assert store_url("sqlite://") == ""
    assert store_url(None, default="/root/metadata.sqlite") == "/root/metadata.sqlite"


@pytest.mark.parametrize("name", ["it's", 'a "quoted" one', "back\\slash", "größe"])
def test_pipelines_with_odd_names_are_numbered_too(tmp_path: Path, name: str) -> None:
    with MetadataStore(str(tmp_path / "m.sqlite")) as store:
        assert [open_one(store, name).number for _ in range(2)] == [1, 2]


def test_a_sqlite_config_makes_the_folder_of_its_file(tmp_path: Path) -> None:
    config = metadata.sqlite_metadata_connection_config(str(tmp_path / "new" / "m.sqlite"))
    assert (tmp_path / "new").is_dir()
    assert store_url(config) == str(tmp_path / "new" / "m.sqlite")


def test_runners_for_other_platforms_say_what_to_use() -> None:
    for name in ("KubeflowV2DagRunner", "KubeflowV2DagRunnerConfig"):
        with pytest.raises(NotSupportedError, match="Hint: run the pipeline with LocalDagRunner"):
            getattr(experimental, name)()
    with pytest.raises(NotSupportedError):
        experimental.exit_handler(print)


def test_a_runner_needs_room_for_one_node() -> None:
    with pytest.raises(ConfigError, match="at least one node"):
        LocalDagRunner(workers=0)


@component
def odd(limit: Parameter[float], count: Parameter[int], seen: OutputArtifact[Model]):  # type: ignore[no-untyped-def]
    Path(seen.uri, "seen.txt").write_text(f"{limit} {count}")


def test_parameters_that_no_database_holds_are_recorded_as_text(tmp_path: Path) -> None:
    def run() -> RunResult:
        return LocalDagRunner().run(
            Pipeline("p", str(tmp_path), components=[odd(limit=float("inf"), count=2**70)], enable_cache=True)
        )

    assert Path(run().outputs("odd")["seen"][0].uri, "seen.txt").read_text() == f"inf {2**70}"
    assert run().nodes["odd"].state is NodeState.CACHED
    with MetadataStore(tmp_path / "metadata.sqlite") as store:
        properties = store.get_executions()[0].custom_properties
        assert (properties["limit"].string_value, properties["count"].string_value) == ("Infinity", str(2**70))
