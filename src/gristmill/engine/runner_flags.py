"""Chooses the engine that a pipeline's Beam flags ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gristmill.did_you_mean import did_you_mean
from gristmill.engine.contract import Engine, ProgressCallback
from gristmill.engine.flag_values import flag_values
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.engine.beam.shipping import SourceFinder

__all__ = ["engine_for"]

_LOCAL_RUNNERS = ("DirectRunner", "BundleBasedDirectRunner", "SwitchingDirectRunner")
_BEAM_RUNNERS = (
    "DataflowRunner",
    "FlinkRunner",
    "FnApiRunner",
    "InteractiveRunner",
    "KafkaStreamsRunner",
    "PortableRunner",
    "PrismRunner",
    "SparkRunner",
)
_ENDING = "runner"  # Beam takes names in any case, with or without it
_WORKERS_FLAG = "direct_num_workers"
_RUNNER_FLAG = "runner"


def engine_for(
    beam_pipeline_args: Sequence[str],
    progress: ProgressCallback | None = None,
    *,
    temp_location: str | None = None,
    find_sources: SourceFinder | None = None,
) -> Engine:
    """The engine for ``beam_pipeline_args``: the local one, or Beam where another runner than its direct ones is named.

    Args:
        beam_pipeline_args: command-line flags as Beam takes them. For the local engine, ``--direct_num_workers`` sets
            the threads (0: all cores), and flags of other matters change nothing.
        progress: called as work goes on.
        temp_location: see ``BeamEngine``.
        find_sources: see ``BeamEngine``.

    Raises:
        ConfigError: no runner has that name, or a flag's value is not what it must be.
        MissingExtraError: the runner needs Beam, which is not installed.
    """
    flags = [str(flag) for flag in beam_pipeline_args]
    values = flag_values(flags)
    if _is_local(values.get(_RUNNER_FLAG, _LOCAL_RUNNERS[0])):
        from gristmill.engine.local import LocalEngine  # loads Arrow

        return LocalEngine(_workers(values.get(_WORKERS_FLAG, "0")), progress)
    from gristmill.engine.beam import BeamEngine  # loads Beam

    return BeamEngine(flags, progress, temp_location=temp_location, find_sources=find_sources)


def _is_local(runner: str) -> bool:
    """Whether the runner's work is done by the local engine.

    Raises:
        ConfigError: nobody knows the runner. The path of a class is for Beam to look up.
    """
    name = _short(runner.rpartition(".")[2])
    if name in map(_short, _LOCAL_RUNNERS):
        return True
    if "." not in runner and name not in map(_short, _BEAM_RUNNERS):
        raise ConfigError(
            "there is no runner of this name",
            value=runner,
            hint=did_you_mean(runner, (*_LOCAL_RUNNERS, *_BEAM_RUNNERS), "the runners are"),
        )
    return False


def _short(runner: str) -> str:
    return runner.lower().removesuffix(_ENDING)


def _workers(value: str) -> int | None:
    if not value.isdecimal():
        raise ConfigError(f"--{_WORKERS_FLAG} must be a number", value=value, hint="0 uses all cores")
    return int(value) or None
