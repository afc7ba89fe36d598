"""The Beam runners that the suite compares with the local engine."""

from __future__ import annotations

import os
import shlex

import pytest

# Runners of their own processes, by the variable that `make beam-tests` sets: flags as on a command line.
_CLUSTERS = {
    "flink": "GRISTMILL_FLINK_FLAGS",
    "spark": "GRISTMILL_SPARK_FLAGS",
    "prism": "GRISTMILL_PRISM_FLAGS",
}
CLUSTERS = tuple(_CLUSTERS)
RUNNERS = ("fn-api", *CLUSTERS)  # the first needs nothing but Beam
# Workers in this process notice when a cluster hangs up at the end of a job, in threads of Beam's own.
HANGS_UP = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def flags_of(runner: str) -> list[str]:
    """The flags that reach a runner; skips where it is a cluster that does not run."""
    if runner not in _CLUSTERS:
        return ["--runner=FnApiRunner"]
    flags = os.environ.get(_CLUSTERS[runner])
    if not flags:
        pytest.skip(f"{_CLUSTERS[runner]} is not set; `make beam-tests` starts {runner} and sets it")
    return shlex.split(flags)
