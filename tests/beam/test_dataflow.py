"""A job for Dataflow is built, staged and created with all that its workers need; the service itself is not asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

pytest.importorskip("apache_beam.runners.dataflow.dataflow_runner")
pytest.importorskip("google.cloud.dataflow_v1beta3")

from apache_beam.portability.api import beam_runner_api_pb2

from gristmill.engine import engine_for
from gristmill.errors import ConfigError
from gristmill.io.examples import ExamplesSink
from gristmill.testing.engine import ValueCounts, odd_and_even, write_shards

from .cloud_on_loopback import Cloud, cloud_on_loopback

pytestmark = [
    pytest.mark.beam,
    # Google's clients leave sockets of the answered requests to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning"),
]

TEMP = "gs://bucket/temp"
STAGING = "gs://bucket/staging"
IMAGE = "europe-docker.pkg.dev/project/images/gristmill:1"


class Bucket(MemoryFileSystem):  # type: ignore[misc]
    """Objects of ``gs://``, for this process: where the job's workspace lies."""

    protocol = "gs"
    store: dict[str, Any] = {}
    pseudo_dirs = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("gs://")))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    known = dict(fsspec.registry.items())
    fsspec.register_implementation("gs", Bucket, clobber=True)
    with cloud_on_loopback() as cloud:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", cloud.endpoint)
        monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
        yield cloud
    Bucket.store.clear()
    if "gs" in known:
        fsspec.register_implementation("gs", known["gs"], clobber=True)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Staged as it is: a worker would install it."""
    file = tmp_path / "gristmill-0.1.0-cp312-abi3-manylinux_2_28_x86_64.whl"
    file.write_bytes(os.urandom(64))
    return file


def flags_for(cloud: Cloud, *more: str) -> list[str]:
    return [
        "--runner=DataflowRunner",
        "--project=some-project",
        "--region=europe-west1",
        f"--temp_location={TEMP}",
        f"--staging_location={STAGING}",
        "--max_num_workers=4",
        "--machine_type=n2-standard-4",
        # A service of one's own, without credentials.
        f"--dataflow_endpoint={cloud.endpoint}",
        "--no_auth",
        *more,
    ]


def aggregate(flags: list[str], tmp_path: Path, shards: int = 20) -> None:
    """Sends the job off. No worker does it, which the engine tells."""
    with pytest.raises(ConfigError, match="workers' results are not where the driver looks for them"):
        engine_for(flags).aggregate(write_shards(str(tmp_path / "in"), shards), ValueCounts(), stage="Counting values")


def staged_pipeline(cloud: Cloud) -> Any:
    [uri] = [uri for uri in cloud.objects if uri.endswith("/pipeline.pb")]
    return beam_runner_api_pb2.Pipeline.FromString(cloud.objects[uri])


def transform_names(pipeline: Any) -> set[str]:
    return {transform.unique_name for transform in pipeline.components.transforms.values()}


def test_a_job_of_an_aggregation_has_its_steps_its_places_and_its_workers(cloud: Cloud, tmp_path: Path) -> None:
    aggregate(flags_for(cloud, f"--sdk_container_image={IMAGE}"), tmp_path)
    [job] = cloud.jobs
    assert job["name"].startswith("gristmill-counting-values")
    assert job["type"] in (1, "JOB_TYPE_BATCH")
    environment = job["environment"]
    assert environment["tempStoragePrefix"].startswith("storage.googleapis.com/bucket/temp")
    [pool] = environment["workerPools"]
    assert pool["machineType"] == "n2-standard-4"
    assert pool["autoscalingSettings"]["maxNumWorkers"] == 4
    assert [image["containerImage"] for image in pool["sdkHarnessContainerImages"]] == [IMAGE]
    options = environment["sdkPipelineOptions"]["options"]
    assert options["temp_location"].startswith(TEMP)
    assert options["pipelineUrl"].startswith(STAGING)
    assert {"Shards", "AddUp", "Group 0", "Merge 0", "Group 1", "Merge 1"} <= transform_names(staged_pipeline(cloud))
    assert cloud.refused == []


def test_a_job_of_a_map_writes_where_its_input_is_mapped_to(cloud: Cloud, tmp_path: Path) -> None:
    sink = ExamplesSink({name: f"gs://bucket/out/Split-{name}" for name in ("odd", "even")}, prefix="x")
    shards = write_shards(str(tmp_path / "in"), 2)
    with pytest.raises(ConfigError, match=f"0 of {len(shards)} shards"):
        engine_for(flags_for(cloud)).map(shards, odd_and_even, sink, stage="Splitting")
    assert {"Shards", "WriteRows"} <= transform_names(staged_pipeline(cloud))
    assert cloud.jobs[0]["name"].startswith("gristmill-splitting")


def test_packages_for_the_workers_are_staged_and_named_in_the_job(cloud: Cloud, wheel: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("fsspec>=2024.6\n")
    more = [f"--extra_package={wheel}", f"--requirements_file={requirements}", "--requirements_cache=skip"]
    aggregate(flags_for(cloud, *more), tmp_path)
    [pool] = cloud.jobs[0]["environment"]["workerPools"]
    named = {package["name"]: package["location"] for package in pool["packages"]}
    assert {wheel.name, "requirements.txt", "extra_packages.txt"} <= set(named)
    [staged] = [uri for uri in cloud.objects if uri.endswith(wheel.name)]
    assert staged.startswith(STAGING)
    assert cloud.objects[staged] == wheel.read_bytes()
    assert named[wheel.name] == staged.replace("gs:/", "storage.googleapis.com")
    [environment] = staged_pipeline(cloud).components.environments.values()
    assert any(wheel.name.encode() in artifact.role_payload for artifact in environment.dependencies)


@pytest.mark.parametrize("flag", [f"--template_location={STAGING}/templates/counting", "--dry_run=True"])
def test_a_job_that_is_only_built_ends_the_step(cloud: Cloud, tmp_path: Path, flag: str) -> None:
    with pytest.raises(ConfigError, match="the job was built and not run"):
        engine_for(flags_for(cloud, flag)).aggregate(write_shards(str(tmp_path / "in"), 2), ValueCounts())
    assert cloud.jobs == []
    assert (f"{STAGING}/templates/counting" in cloud.objects) == flag.startswith("--template_location")


def test_the_workspace_is_below_the_temp_location_and_is_removed(cloud: Cloud, tmp_path: Path) -> None:
    aggregate(flags_for(cloud), tmp_path)
    assert not any(TEMP.removeprefix("gs://") in name for name in Bucket.store)


def test_a_job_without_a_project_is_refused_before_anything_is_sent(cloud: Cloud, tmp_path: Path) -> None:
    flags = [flag for flag in flags_for(cloud) if not flag.startswith("--project=")]
    with pytest.raises(Exception, match="project"):
        engine_for(flags).aggregate(write_shards(str(tmp_path / "in"), 2), ValueCounts())
    assert (cloud.objects, cloud.jobs) == ({}, [])
