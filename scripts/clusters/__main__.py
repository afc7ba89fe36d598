"""Starts and stops clusters on the loopback interface, for trying pipelines and for tests.

::

    python scripts/clusters start flink          start it, or find it running; print the flags that reach it
    python scripts/clusters stop flink           stop it
    python scripts/clusters flags flink          the flags of a running cluster, on one line
    python scripts/clusters run flink spark -- COMMAND …
                                                 start clusters, run the command with GRISTMILL_FLINK_FLAGS, … set, stop

What they are made of lies in `.venv-clusters` and `.clusters`, where the Makefile puts it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import flink
import spark
from command_line import CommandLine
from processes import ClusterError, RunDirectory

_CHECKOUT = Path(__file__).resolve().parents[2]
_BUILT = _CHECKOUT / ".clusters"
_PRISM = _BUILT / "bin" / "prism"
_FLAGS = "flags"
_STARTS: dict[str, tuple[str, Callable[[RunDirectory, Path, Path], list[str]]]] = {
    "flink": ("pyflink", flink.start),
    "spark": ("pyspark", spark.start),
}
NAMES = (*_STARTS, "prism")


def start(name: str) -> list[str]:
    """The sets of flags that reach the cluster, the quickest first; starts it unless it runs."""
    run = _run_directory(name)
    if not _is_up(name):
        stop(name)
        try:
            flag_sets = _start_anew(name, run)
        except BaseException:
            stop(name)
            raise
        run.path.mkdir(parents=True, exist_ok=True)
        (run.path / _FLAGS).write_text("".join(f"{each}\n" for each in flag_sets))
    return (run.path / _FLAGS).read_text().splitlines()


def stop(name: str) -> None:
    """Stops what runs of the cluster; its logs stay until the next start."""
    run = _run_directory(name)
    for process in run.names():
        run.stop(process)
    (run.path / _FLAGS).unlink(missing_ok=True)


def flags(name: str) -> str:
    """The best set of flags of a cluster that runs."""
    if not _is_up(name):
        raise ClusterError(f"{name} does not run; start it with: make {name}")
    return start(name)[0]


def _start_anew(name: str, run: RunDirectory) -> list[str]:
    shutil.rmtree(run.path, ignore_errors=True)
    if name == "prism":
        _require(_PRISM, name)
        return [f"--runner=PrismRunner --prism_location={_PRISM}"]
    if shutil.which("java") is None:
        raise ClusterError(f"{name} needs Java 17, e.g. the package openjdk-17-jre-headless")
    jar = _require(_BUILT / name / "job-server.jar", name)
    package, start_cluster = _STARTS[name]
    site_packages = _require(_CHECKOUT / ".venv-clusters" / "lib", name)
    found = sorted(site_packages.glob(f"python3*/site-packages/{package}"))
    if not found:
        raise ClusterError(f"{site_packages} has no {package}; run: make {name}")
    return start_cluster(run, found[-1], jar)


def _require(path: Path, name: str) -> Path:
    if not path.exists():
        raise ClusterError(f"{path} is not there; run: make {name}")
    return path


def _is_up(name: str) -> bool:
    run = _run_directory(name)
    return (run.path / _FLAGS).exists() and all(run.runs(process) for process in run.names())


def _run_directory(name: str) -> RunDirectory:
    return RunDirectory(_BUILT / "run" / name)


if __name__ == "__main__":
    command_line = CommandLine(str(__doc__), NAMES, "GRISTMILL_{}_FLAGS", start, stop, _is_up, {"flags": flags})
    sys.exit(command_line.main(sys.argv[1:]))
