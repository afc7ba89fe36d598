"""Tracing a preprocessing_fn: which analyzers it calls, on which tensors, and what is known of their results.

A preprocessing_fn is traced several times. Each trace knows the results of the analyzers that earlier phases computed
and gives them to the graph as constants. An analyzer without a result gets a placeholder; whatever depends on it is
*pending*. The analyzers whose inputs are not pending can be computed in one pass over the data: the next phase.

An analyzer is known by its position and name scope, which must be the same in each trace.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.transform.analyzer import Analyzer, Array
from gristmill.transform.annotations import OutputAnnotations

__all__ = ["AnalyzerCall", "Trace", "VocabularyHandle", "active_trace", "current_trace", "tracing"]


@dataclass(frozen=True)
class AnalyzerCall:
    """One analyzer in one trace.

    Attributes:
        key: its position and name scope.
        analyzer: what to compute.
        inputs: the tensors that feed it, per batch.
    """

    key: str
    analyzer: Analyzer
    inputs: tuple[tf.Tensor, ...]


@dataclass(frozen=True)
class VocabularyHandle:
    """What is known of a vocabulary's path tensor.

    Attributes:
        path: the eager path tensor.
        size: lines of the file; None while the vocabulary is not computed.
        file_format: ``"text"`` or ``"tfrecord_gzip"``.
        with_frequency: each line is a count, a space, and the token.
    """

    path: tf.Tensor
    size: int | None
    file_format: str
    with_frequency: bool


@dataclass
class Trace:
    """One run of a preprocessing_fn.

    Attributes:
        results: by key, the outputs of the analyzers computed so far.
        asset_dir: local folder of the vocabulary files, and of stand-ins for those that do not exist yet.
        graph: the graph being built.
        objects: what ``make_and_track_object`` made, kept from trace to trace.
        vocabularies: by ``id`` of the path tensor.
        vocabulary_sizes: number of lines of each vocabulary, by its key in the asset map.
        asset_map: key to file name: of each vocabulary, and as ``annotate_asset`` said.
        file_names: of the files that analyzers make.
    """

    results: Mapping[str, list[Array]]
    asset_dir: str
    graph: tf.Graph
    objects: dict[str, Any] = field(default_factory=dict)
    calls: list[AnalyzerCall] = field(default_factory=list)
    annotations: OutputAnnotations = field(default_factory=OutputAnnotations)
    tables: list[Any] = field(default_factory=list)
    assets: list[Any] = field(default_factory=list)
    asset_map: dict[str, str] = field(default_factory=dict)
    file_names: set[str] = field(default_factory=set)
    vocabulary_sizes: dict[str, tf.Tensor] = field(default_factory=dict)
    vocabularies: dict[int, VocabularyHandle] = field(default_factory=dict)
    _pending_ops: set[str] = field(default_factory=set)
    _first_pending_asset: int | None = None
    _final_tables: list[tf.Tensor] = field(default_factory=list)

    def analyze(self, analyzer: Analyzer, inputs: Sequence[tf.Tensor]) -> list[Any]:
        """The analyzer's results: constants where they are known, else placeholders.

        Raises:
            ConfigError: called inside a nested function, such as a branch of ``tf.cond``.
        """
        if tf.compat.v1.get_default_graph() is not self.graph:
            raise ConfigError(
                "an analyzer must be called by preprocessing_fn itself, not inside tf.cond or a tf.function",
                hint="call the analyzer outside, and use its result inside",
            )
        key = f"{len(self.calls)}:{type(analyzer).__name__}:{self.graph.get_name_scope()}"
        self.calls.append(AnalyzerCall(key, analyzer, tuple(inputs)))
        known = self.results.get(key)
        outputs: list[Any] = []
        for position, spec in enumerate(analyzer.outputs()):
            value = None if known is None else known[position]
            if analyzer.makes_asset and position == 0:
                outputs.append(self._asset(analyzer, value))
            elif value is None:
                outputs.append(self._placeholder(spec))
            else:
                outputs.append(tf.constant(value, dtype=spec.dtype))
        return outputs

    def mark_pending(self, tensor: Any) -> Any:
        """The same values, known to depend on a result that does not exist yet."""
        with tf.control_dependencies([self._placeholder(tf.TensorSpec([], tf.int64))]):
            return tf.identity(tensor)

    def claim_asset(self, key: str, file_name: str) -> None:
        """Note that an analyzer makes the asset ``file_name``, to be found under ``key``.

        Raises:
            ConfigError: another analyzer of this preprocessing_fn makes a file of this name.
        """
        if file_name in self.file_names:
            raise ConfigError(
                "two vocabularies must not have the same file name",
                value=file_name,
                hint="give one of them another vocab_filename",
            )
        self.file_names.add(file_name)
        self.asset_map[key] = file_name

    def add_table(self, table: Any) -> None:
        """Keep one of our own lookup tables alive: what is looked up in a stand-in is marked as pending by itself."""
        self.tables.append(table)
        self._final_tables.append(table.resource_handle)

    def ready_calls(self) -> list[AnalyzerCall]:
        """The analyzers without a result whose inputs depend on no pending result."""
        pending = self._pending_closure()
        return [
            call
            for call in self.calls
            if call.key not in self.results and not any(tensor.op.name in pending for tensor in call.inputs)
        ]

    def pending_calls(self) -> list[AnalyzerCall]:
        """The analyzers without a result."""
        return [call for call in self.calls if call.key not in self.results]

    def _placeholder(self, spec: tf.TensorSpec) -> tf.Tensor:
        placeholder = tf.compat.v1.placeholder(spec.dtype, spec.shape, name="pending")
        self._pending_ops.add(placeholder.op.name)
        return placeholder

    def _asset(self, analyzer: Analyzer, path: Array | None) -> tf.Tensor:
        """An eager path tensor, which lookup tables can be initialised from while the graph is being built."""
        location = self._stand_in(analyzer) if path is None else path.item().decode()
        with tf.init_scope():
            asset = tf.saved_model.Asset(location)
        self.assets.append(asset)
        tensor = asset.asset_path
        if path is None:
            self._pending_ops.add(self.graph.capture(tensor).op.name)
            if self._first_pending_asset is None:
                self._first_pending_asset = len(self.graph.get_operations())
        return tensor

    def _stand_in(self, analyzer: Analyzer) -> str:
        path = filesystem.join(self.asset_dir, f"pending-{len(self.calls)}")
        analyzer.write_stand_in(path)
        return path

    def _pending_closure(self) -> set[str]:
        """Names of all operations downstream of a pending one: one pass over the graph, in order of creation."""
        pending = set(self._pending_ops) | self._doubtful_tables()
        for op in self.graph.get_operations():
            if op.name in pending:
                continue
            if any(tensor.op.name in pending for tensor in op.inputs) or any(
                control.name in pending for control in op.control_inputs
            ):
                pending.add(op.name)
        return pending

    def _doubtful_tables(self) -> set[str]:
        """Tables of the user's own that may have been filled from a stand-in: those seen after the first one."""
        if self._first_pending_asset is None:
            return set()
        order = {op.name: position for position, op in enumerate(self.graph.get_operations())}
        final = {id(handle) for handle in self._final_tables}
        return {
            inner.op.name
            for outer, inner in self.graph.captures
            if outer.dtype == tf.resource
            and id(outer) not in final
            and order[inner.op.name] >= self._first_pending_asset
        }


_active = threading.local()


@contextlib.contextmanager
def tracing(trace: Trace) -> Iterator[Trace]:
    """Make ``trace`` the one that analyzers of this thread report to."""
    previous = active_trace()
    _active.trace = trace
    try:
        yield trace
    finally:
        _active.trace = previous


def active_trace() -> Trace | None:
    """The trace of this thread, if a preprocessing_fn is being traced."""
    trace: Trace | None = getattr(_active, "trace", None)
    return trace


def current_trace(name: str) -> Trace:
    """The trace of this thread, for the function ``name`` that needs one.

    Raises:
        ConfigError: no preprocessing_fn is being traced.
    """
    trace = active_trace()
    if trace is None:
        raise ConfigError(
            f"{name} passes over the whole data set: it can only be called inside a preprocessing_fn",
            hint="pass the preprocessing_fn to Transform, or to gristmill.transform.analyze",
        )
    return trace
