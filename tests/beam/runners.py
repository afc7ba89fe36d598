"""The Beam runners that the suite compares with the local engine."""

from __future__ import annotations

import os
import shlex

import pytest

# Runners that need nothing but Beam.
_ALWAYS = {
    "fn-api": ["--runner=FnApiRunner"],
    "portable": ["--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=LOOPBACK"],
}
# Runners of their own processes, by the variable that `make beam-tests` sets: flags as on a command line.
_CLUSTERS = {
    "flink": "GRISTMILL_FLINK_FLAGS",
    "spark": "GRISTMILL_SPARK_FLAGS",
    "prism": "GRISTMILL_PRISM_FLAGS",
}
# Workers in this process notice when a cluster hangs up at the end of a job, in threads of Beam's own.
HANGS_UP = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
RUNNERS = (*_ALWAYS, *_CLUSTERS)
CLUSTERS = tuple(_CLUSTERS)


def flags_of(runner: str) -> list[str]:
    """The flags that reach a runner; skips where it is a cluster that does not run."""
    if runner in _ALWAYS:
        return _ALWAYS[runner]
    flags = os.environ.get(_CLUSTERS[runner])
    if not flags:
        pytest.skip(f"{_CLUSTERS[runner]} is not set; `make beam-tests` starts {runner} and sets it")
    return shlex.split(flags)
