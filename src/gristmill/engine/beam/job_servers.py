"""The job servers that Beam's Flink, Spark and Prism runners start by themselves: one process for all jobs of the same
flags, instead of one for each job, and started from whichever thread needs it.

They end with this process.
"""

from __future__ import annotations

import threading
from typing import Any

from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    JobServerOptions,
    PipelineOptions,
    PrismRunnerOptions,
    SparkRunnerOptions,
)
from apache_beam.runners.portability.job_server import JobServer, StopOnExitJobServer
from apache_beam.runners.portability.portable_runner import PortableRunner

__all__ = ["share_job_server"]

_servers: dict[str, _SharedJobServer] = {}
_lock = threading.Lock()


class _SharedJobServer(JobServer):  # type: ignore[misc]  # Beam has no types
    """A server that any thread may start."""

    def __init__(self, server: StopOnExitJobServer) -> None:
        self._server = server

    def start(self) -> Any:
        """The address, once it listens."""
        try:
            return self._server.start()
        except ValueError:
            # Beam has started it and then asks for Ctrl-C, which Python grants to the main thread alone. The engine
            # stops jobs on Ctrl-C itself, and Beam stops the server when this process ends.
            if threading.current_thread() is threading.main_thread():
                raise
            return self._server.start()

    def stop(self) -> None:
        """End the process."""
        self._server.stop()


def share_job_server(runner: Any) -> None:
    """Let a runner use the server that an earlier job of the same flags has started; other runners stay as they are."""
    if not isinstance(runner, PortableRunner):
        return
    new_server = runner.default_job_server

    def shared_server(options: PipelineOptions) -> JobServer:
        server = new_server(options)  # nothing starts yet
        if not isinstance(server, StopOnExitJobServer):
            return server
        kinds = (FlinkRunnerOptions, SparkRunnerOptions, PrismRunnerOptions, JobServerOptions)
        key = " ".join([type(runner).__name__, *(str(options.view_as(kind)) for kind in kinds)])
        with _lock:
            return _servers.setdefault(key, _SharedJobServer(server))

    runner.default_job_server = shared_server
