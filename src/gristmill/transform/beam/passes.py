"""The passes of an analysis, as steps of a pipeline.

Through the pipeline itself travel record batches and names of files; states and graphs are files of the job's folder,
so that none is ever too large for a runner's messages. Of every pass:

- *prepare*: traces the preprocessing_fn with the results so far, and packs the accumulator of the next phase;
- *add up*: one state per bundle of batches;
- *merge*: first in groups, then all into one state.

The results so far are the merged states of the passes so far. From all of them the last step writes the transform.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
from apache_beam.pvalue import AsList, AsSingleton
from apache_beam.transforms.window import GlobalWindow, GlobalWindows
from apache_beam.utils.windowed_value import WindowedValue

from gristmill.engine import state_codec
from gristmill.engine.beam.shipping import digest_of, pack, unpack
from gristmill.engine.loaded_once import loaded_once
from gristmill.engine.merging import MergeTree
from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.transform.analysis import raw_feature_spec, write_transform
from gristmill.transform.beam.plan import AnalysisPlan
from gristmill.transform.layout import TRANSFORM_FN_DIR
from gristmill.transform.phases import PhaseAccumulator, resolve_analyzers

__all__ = ["analysis_passes"]

_GROUPS = 64  # workers that merge states at the same time; the last one merges what they give


def analysis_passes(
    batches: beam.PCollection, plan: AnalysisPlan, folder: str, save_options: tf.saved_model.SaveOptions | None
) -> beam.PCollection:
    """From record batches to the folder of the saved transform: a PCollection of one path.

    Args:
        batches: raw record batches.
        plan: of the analysis.
        folder: for the files of this job, which all workers share.
        save_options: for ``tf.saved_model.save``.
    """
    batches = batches | "One window" >> beam.WindowInto(GlobalWindows())
    states = batches.pipeline | "No states" >> beam.Create([()], reshuffle=False)
    for number in range(1, plan.passes + 1):
        states = (batches, states) | f"Pass {number}" >> _Pass(plan, folder)
    return states | "Write" >> beam.ParDo(_Write(plan, folder, save_options))


class _PreparedPass(NamedTuple):
    """A pass that can begin.

    Attributes:
        accumulator: file that holds it, packed.
        digest: of that file, which lies where others may be able to write.
        states: files of the merged states of earlier passes.
    """

    accumulator: str
    digest: str
    states: tuple[str, ...]


class _Pass(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """From batches and the states of earlier passes to those with this pass' own."""

    def __init__(self, plan: AnalysisPlan, folder: str) -> None:
        super().__init__()
        self._plan = plan
        self._folder = folder

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> beam.PCollection:
        """The states."""
        batches, earlier = inputs
        prepared = earlier | "Prepare" >> beam.ParDo(_Prepare(self._plan, self._folder))
        names = (
            batches
            | "Add up" >> beam.ParDo(_AddUp(self._folder), AsSingleton(prepared))
            | "Group" >> beam.GroupByKey()
            | "Merge groups" >> beam.ParDo(_MergeGroup(self._folder), AsSingleton(prepared))
        )
        return prepared | "Merge all" >> beam.ParDo(_MergeAll(self._folder), AsList(names))


class _NextPass(Exception):  # noqa: N818 - it is no error, it is how far an analysis has come
    """Leaves the analysis where a pass is needed that has not been made."""

    def __init__(self, accumulator: PhaseAccumulator) -> None:
        super().__init__()
        self.accumulator = accumulator


class _PassesSoFar:
    """Runs passes that have been made already, by their merged states."""

    def __init__(self, states: Sequence[str]) -> None:
        self._states = iter(states)

    def __call__(self, accumulator: PhaseAccumulator, stage: str) -> dict[str, Any]:
        del stage
        name = next(self._states, None)
        if name is None:
            raise _NextPass(accumulator)
        return accumulator.extract(_read_state(name))


class _Prepare(beam.DoFn):  # type: ignore[misc]
    def __init__(self, plan: AnalysisPlan, folder: str) -> None:
        super().__init__()
        self._plan = plan
        self._folder = folder

    def process(self, states: tuple[str, ...]) -> Iterator[_PreparedPass]:
        """The pass that follows on these states."""
        with tempfile.TemporaryDirectory(prefix="gristmill-transform-") as asset_dir:
            spec = raw_feature_spec(self._plan.schema)
            try:
                resolve_analyzers(self._plan.function, spec, _PassesSoFar(states), asset_dir=asset_dir)
            except _NextPass as needed:
                name = _new_file(self._folder, "pass")
                packed = pack(needed.accumulator)  # with the files of asset_dir
                filesystem.write_bytes(name, packed)
                yield _PreparedPass(name, digest_of(packed), states)
                return
        raise _other_passes(self._plan)


class _WithAccumulator(beam.DoFn):  # type: ignore[misc]
    """Has the accumulator of a prepared pass, loaded once per process."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self._opened: tuple[str, PhaseAccumulator] | None = None

    def _accumulator(self, prepared: _PreparedPass) -> PhaseAccumulator:
        name = prepared.accumulator
        if self._opened is None or self._opened[0] != name:
            self._opened = name, loaded_once(name, lambda: unpack(filesystem.read_bytes(name), prepared.digest))
        return self._opened[1]

    def _merged(self, prepared: _PreparedPass, names: Iterable[str]) -> str:
        tree = MergeTree(self._accumulator(prepared))
        for name in sorted(names):
            tree.append(_read_state(name))
        return _write_state(self._folder, tree.merged())


class _AddUp(_WithAccumulator):
    def start_bundle(self) -> None:
        """No rows."""
        self._state: Any = None

    def process(self, batch: pa.RecordBatch, prepared: _PreparedPass) -> None:
        """One batch more."""
        accumulator = self._accumulator(prepared)
        self._state = accumulator.add(accumulator.create() if self._state is None else self._state, batch)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        """The group that merges the bundle's state, and the state's file."""
        if self._state is not None:
            name = _write_state(self._folder, self._state)
            self._state = None
            window = GlobalWindow()
            yield WindowedValue((secrets.randbelow(_GROUPS), name), window.max_timestamp(), [window])


class _MergeGroup(_WithAccumulator):
    def process(self, group: tuple[int, Iterable[str]], prepared: _PreparedPass) -> Iterator[str]:
        """The file of the group's state."""
        yield self._merged(prepared, group[1])


class _MergeAll(_WithAccumulator):
    def process(self, prepared: _PreparedPass, names: list[str]) -> Iterator[tuple[str, ...]]:
        """The files of the states of all passes so far; also where there was no row."""
        yield (*prepared.states, self._merged(prepared, names))


class _Write(beam.DoFn):  # type: ignore[misc]
    def __init__(self, plan: AnalysisPlan, folder: str, save_options: tf.saved_model.SaveOptions | None) -> None:
        super().__init__()
        self._plan = plan
        self._folder = folder
        self._save_options = save_options

    def process(self, states: tuple[str, ...]) -> Iterator[str]:
        """The folder of the SavedModel, which has its metadata beside it."""
        output_dir = _new_file(self._folder, "transform")
        run_pass = _PassesSoFar(states)
        try:
            write_transform(
                self._plan.function,
                self._plan.schema,
                run_pass,
                output_dir=output_dir,
                save_options=self._save_options,
            )
        except _NextPass:
            raise _other_passes(self._plan) from None
        yield filesystem.join(output_dir, TRANSFORM_FN_DIR)


def _new_file(folder: str, kind: str) -> str:
    return filesystem.join(folder, f"{kind}-{secrets.token_hex(8)}")


def _write_state(folder: str, state: object) -> str:
    name = _new_file(folder, "state")
    filesystem.write_bytes(name, state_codec.dumps(state))
    return name


def _read_state(name: str) -> Any:
    return state_codec.loads(filesystem.read_bytes(name))


def _other_passes(plan: AnalysisPlan) -> ConfigError:
    return ConfigError(
        "preprocessing_fn must need the same passes over the data each time it is traced",
        value=f"{plan.passes} when the pipeline was built",
        hint="do not let random numbers, the time or the results of analyzers decide what it builds",
    )
