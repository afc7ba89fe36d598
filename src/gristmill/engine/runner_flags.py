"""Chooses the engine that a pipeline's Beam flags ask for."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.engine.contract import Engine, ProgressCallback
from gristmill.engine.local import LocalEngine
from gristmill.errors import ConfigError, NotSupportedError

__all__ = ["engine_for"]

# Runners of one machine: what people write when they want no cluster.
_LOCAL_RUNNERS = frozenset({"directrunner", "bundlebaseddirectrunner", "switchingdirectrunner", "fnapirunner"})
_WORKERS_FLAG = "direct_num_workers"
# Says how DirectRunner is to run in parallel; the local engine has one way, which gives the same answer.
_MODE_FLAG = "direct_running_mode"
_RUNNER_FLAG = "runner"


def engine_for(beam_pipeline_args: Sequence[str], progress: ProgressCallback | None = None) -> Engine:
    """The engine for ``beam_pipeline_args``: the local one, unless a runner is named that needs a cluster.

    Args:
        beam_pipeline_args: command-line flags as Beam takes them. ``--direct_num_workers`` sets the threads (0: all
            cores); ``--direct_running_mode`` changes nothing here; flags of other matters are for other runners.
        progress: called as work goes on.

    Raises:
        ConfigError: the number of workers is not a number.
        NotSupportedError: the runner is not a local one.
    """
    flags = _parse(beam_pipeline_args)
    runner = flags.get(_RUNNER_FLAG, "DirectRunner")
    if runner.rpartition(".")[2].lower() not in _LOCAL_RUNNERS:
        raise NotSupportedError(
            f"the runner {runner!r} is not available",
            hint="leave --runner out, or use --runner=DirectRunner: all cores of this machine",
        )
    return LocalEngine(_workers(flags.get(_WORKERS_FLAG, "0")), progress)


def _parse(arguments: Sequence[str]) -> dict[str, str]:
    """Flags by name, from ``--name=value``, ``--name value`` or ``--name`` alone."""
    flags: dict[str, str] = {}
    name = ""
    for argument in arguments:
        if argument.startswith("--"):
            name, _, value = argument[2:].partition("=")
            flags[name] = value
        elif name:
            flags[name] = argument
    return flags


def _workers(value: str) -> int | None:
    if not value.isdecimal():
        raise ConfigError(f"--{_WORKERS_FLAG} must be a number", value=value, hint="0 uses all cores")
    return int(value) or None
