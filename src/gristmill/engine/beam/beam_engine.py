"""The engine that hands the work to one of Beam's runners.

The elements of its pipelines are shards. The same accumulator adds them up, the same map function and sink write them,
and states are merged in the same tree as on the local engine, whatever the runner does in which order: the same rows
give the same result, bit for bit.
"""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, TestOptions

from gristmill.engine.beam.flags import parsed_options
from gristmill.engine.beam.job import run_to_end
from gristmill.engine.beam.job_servers import share_job_server
from gristmill.engine.beam.shipping import SourceFinder, digest_of, pack
from gristmill.engine.beam.tasks import FAN_IN, AddUp, Aggregation, Mapping, MergeStates, WriteRows, shard_element
from gristmill.engine.beam.workspace import Workspace
from gristmill.engine.contract import Accumulator, Engine, MapFunction, Progress, ProgressCallback
from gristmill.engine.flag_values import flag_values
from gristmill.errors import ConfigError, DataError, GristmillError, Place
from gristmill.io import filesystem
from gristmill.io.examples import read_examples
from gristmill.io.shard import BatchReader, Shard
from gristmill.io.sink import Sink

__all__ = ["BeamEngine"]

State = TypeVar("State")
Result = TypeVar("Result")
Block = TypeVar("Block")

_NAME_LENGTH = 48  # of a job's name before its number; a label of Kubernetes or of a cloud has 63 characters


class BeamEngine(Engine):
    """Runs accumulators and maps on one of Beam's runners.

    Args:
        flags: command-line flags as Beam takes them, ``--runner=…`` among them.
        progress: called with the rows of the shards finished so far, always from the thread that called the engine.
        temp_location: folder for states and results while a job runs, where ``--temp_location`` is not among the
            flags; on a file system that driver and workers share. This machine's own by default, which is enough where
            the workers run here, too.
        find_sources: ships the user's own modules with what runs on workers; none are shipped by default.

    Raises:
        ConfigError: a flag is not well formed, or the runner has no such flag.
    """

    def __init__(
        self,
        flags: Sequence[str],
        progress: ProgressCallback | None = None,
        *,
        temp_location: str | None = None,
        find_sources: SourceFinder | None = None,
    ) -> None:
        self.options = parsed_options([str(flag) for flag in flags])
        self._progress = progress
        chosen = flag_values(flags).get("temp_location") or temp_location or tempfile.gettempdir()
        self._temp_location = filesystem.absolute(chosen)
        self._find_sources = find_sources

    def aggregate(
        self,
        shards: Sequence[Shard],
        accumulator: Accumulator[State, Result],
        *,
        reader: BatchReader | None = None,
        stage: str = "",
    ) -> Result:
        if not shards:
            return accumulator.extract(accumulator.create())
        levels = _merge_levels(len(shards))
        with _Job(self, shards, stage, Aggregation(accumulator, reader or read_examples)) as job:
            states = job.shards_into(AddUp(job.workspace, job.digest))
            for level in range(levels):
                states = states | f"Group {level}" >> beam.GroupByKey()
                states = states | f"Merge {level}" >> beam.ParDo(MergeStates(job.workspace, job.digest, level))
            job.run()
            [name] = job.workspace.states(levels)
            state: State = job.workspace.read_state(levels, name)
        return accumulator.extract(state)

    def map(
        self,
        shards: Sequence[Shard],
        function: MapFunction,
        sink: Sink[Block],
        *,
        reader: BatchReader | None = None,
        stage: str = "",
    ) -> dict[str, list[Shard]]:
        try:
            if shards:
                with _Job(self, shards, stage, Mapping(function, sink, reader or read_examples)) as job:
                    job.shards_into(WriteRows(job.workspace, job.digest))
                    job.run()
                    for name in job.workspace.parts():
                        sink.adopt(job.workspace.read_part(name))
            return sink.finish()
        except BaseException:
            sink.abort()
            raise


class _Job:
    """One pipeline and its workspace, which is removed when the block ends."""

    def __init__(self, engine: BeamEngine, shards: Sequence[Shard], stage: str, cargo: Aggregation | Mapping) -> None:
        self._engine = engine
        self._shards = shards
        self._stage = stage
        self._cargo = cargo
        self.workspace = Workspace(filesystem.join(engine._temp_location, f"gristmill-beam-{secrets.token_hex(8)}"))
        known = [shard.rows for shard in shards if shard.rows is not None]
        self._total = sum(known) if len(known) == len(shards) else None

    def __enter__(self) -> _Job:
        # The pipeline first: it makes the pickling that the flags ask for the one that is used.
        self._pipeline = beam.Pipeline(options=_named(self._engine.options, self._stage))
        share_job_server(self._pipeline.runner)
        packed = pack(self._cargo, self._engine._find_sources)
        self.digest = digest_of(packed)
        try:
            self.workspace.write_cargo(packed)
        except BaseException:
            self.workspace.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.workspace.remove()

    def shards_into(self, task: beam.DoFn) -> beam.PCollection:
        """Send every shard, as a task of its own, to the task."""
        elements = [shard_element(index, _named_absolutely(shard)) for index, shard in enumerate(self._shards)]
        spread = self._pipeline | "Shards" >> beam.Create(elements, reshuffle=False) | "Spread" >> beam.Reshuffle()
        return spread | type(task).__name__ >> beam.ParDo(task)

    def run(self) -> None:
        """Run until all shards are done.

        Raises:
            Exception: what the first shard that failed raised on its worker; or the runner failed.
        """
        try:
            run_to_end(self._pipeline, self._report, self.workspace.stop)
        except GristmillError:
            self._raise_fault()  # which tells more than the runner does
            raise
        self._raise_fault()
        done, _ = self.workspace.done()
        if done < len(self._shards):
            raise self._no_results(done)
        self._report()

    def _report(self) -> None:
        if self._engine._progress is not None:
            _, rows = self.workspace.done()
            self._engine._progress(Progress(self._stage, rows, self._total))

    def _no_results(self, done: int) -> ConfigError:
        options = self._engine.options
        if options.view_as(GoogleCloudOptions).template_location or options.view_as(TestOptions).dry_run:
            return ConfigError(
                "the job was built and not run, so there are no results to go on with",
                hint="leave out --template_location and --dry_run",
            )
        return ConfigError(
            "the workers' results are not where the driver looks for them",
            place=Place(uri=self.workspace.uri),
            value=f"{done} of {len(self._shards)} shards",
            hint="set --temp_location to a folder that all workers and this machine share",
        )

    def _raise_fault(self) -> None:
        found = self.workspace.first_fault()
        if found is not None:
            index, error = found
            raise _with_given_name(error, self._shards[index])


def _merge_levels(states: int) -> int:
    """How many times ``FAN_IN`` states must become one until one is left."""
    levels = 0
    while states > 1:
        states = -(-states // FAN_IN)
        levels += 1
    return levels


def _named(options: PipelineOptions, stage: str) -> PipelineOptions:
    """The options with a name for the job that tells what it does, unless the flags give one."""
    cloud = options.view_as(GoogleCloudOptions)
    if cloud.job_name is not None:
        return options
    words = re.sub(r"[^a-z0-9]+", "-", f"gristmill-{stage.lower()}").strip("-")
    named = PipelineOptions(options._flags)
    named.view_as(GoogleCloudOptions).job_name = f"{words[:_NAME_LENGTH].strip('-')}-{secrets.token_hex(4)}"
    return named


def _named_absolutely(shard: Shard) -> Shard:
    """Workers have another working directory. What is no file (a reader may give a uri any meaning) stays."""
    if filesystem.is_local(shard.uri) and filesystem.exists(shard.uri):
        return replace(shard, uri=filesystem.absolute(shard.uri))
    return shard


def _with_given_name(error: Exception, shard: Shard) -> Exception:
    """The error with the shard's file named as the caller named it."""
    if isinstance(error, DataError) and error.place and error.place.uri == _named_absolutely(shard).uri:
        error.place = replace(error.place, uri=shard.uri)
    return error
