"""Job servers that Beam starts by itself serve all jobs of the same flags, whichever thread asks first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("apache_beam")

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.job_server import JobServer, StopOnExitJobServer
from apache_beam.runners.portability.portable_runner import PortableRunner

from gristmill.engine.beam.job_servers import share_job_server

pytestmark = pytest.mark.beam


class Counted(JobServer):  # type: ignore[misc]
    """Stands for Flink's, Spark's or Prism's process."""

    starts = 0

    def start(self) -> str:
        Counted.starts += 1
        return f"localhost:{Counted.starts}"

    def stop(self) -> None:
        """There is no process."""


class OwnServerRunner(PortableRunner):  # type: ignore[misc]
    def default_job_server(self, options: PipelineOptions) -> JobServer:
        return StopOnExitJobServer(Counted())


@pytest.fixture(autouse=True)
def nothing_started() -> None:
    Counted.starts = 0


def address(*flags: str) -> str:
    """Where a job of these flags goes, as a new pipeline in a thread of its own finds it."""

    def find() -> str:
        runner = OwnServerRunner()
        share_job_server(runner)
        return str(runner.default_job_server(PipelineOptions(list(flags))).start())

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(find).result()


def test_jobs_of_the_same_flags_go_to_one_server_which_any_thread_may_start() -> None:
    assert address("--flink_master=a:1") == address("--flink_master=a:1") == "localhost:1"


def test_jobs_for_other_clusters_go_to_servers_of_their_own() -> None:
    assert address("--flink_master=b:1") != address("--flink_master=c:1")
    assert Counted.starts == 2
