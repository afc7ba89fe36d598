"""Analyzers per key: counts by key, and any analyzer run once for the rows of each key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gristmill.errors import NotSupportedError
from gristmill.transform.analyzer import Analyzer, Array, Arrays
from gristmill.transform.analyzers.vocabulary import TokenCounts, count_tokens
from gristmill.transform.argument_errors import TOKENS_HINT, ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import flat_values
from gristmill.transform.trace import current_trace

__all__ = ["KeyCounts", "PerKey", "analyze_per_key", "count_per_key", "refuse_key_file", "string_keys"]


@dataclass(frozen=True)
class KeyCounts(Analyzer):
    """How often each key occurs. State: see ``vocabulary.TokenCounts``."""

    def outputs(self) -> list[tf.TensorSpec]:
        """Keys in lexicographic order, and their counts."""
        return [tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int64)]

    def create(self) -> dict[str, Any]:
        """No keys."""
        return TokenCounts.create()

    def add(self, state: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
        """Arrays: keys of the batch and their counts."""
        return TokenCounts.add(state, arrays[0], arrays[1])

    def merge(self, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        """Counts of both."""
        return TokenCounts.merge(a, b)

    def extract(self, state: dict[str, Any]) -> list[Array]:
        """Keys and counts."""
        settled = TokenCounts.settle(state)
        if settled["tokens"] is None:
            return [np.empty(0, object), np.empty(0, np.int64)]
        keys = settled["tokens"].to_numpy(zero_copy_only=False)
        order = np.argsort(keys, kind="stable")
        return [keys[order], settled["counts"][order].astype(np.int64)]


@dataclass(frozen=True)
class PerKey(Analyzer):
    """One state of another analyzer for each key. State: {"keys": list of bytes, "states": list}, in step."""

    inner: Analyzer

    def outputs(self) -> list[tf.TensorSpec]:
        """Keys in lexicographic order; each output of the inner analyzer, stacked in that order."""
        stacked = [tf.TensorSpec([None, *spec.shape], spec.dtype) for spec in self.inner.outputs()]
        return [tf.TensorSpec([None], tf.string), *stacked]

    def create(self) -> dict[str, Any]:
        """No keys."""
        return {"keys": [], "states": []}

    def add(self, state: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
        """Arrays: distinct keys of the batch; each value's position among them; the inner analyzer's arrays."""
        keys, positions, *values = arrays
        order = np.argsort(positions, kind="stable")
        ends = np.cumsum(np.bincount(positions, minlength=len(keys)))
        known = {key: index for index, key in enumerate(state["keys"])}
        for key, start, end in zip(keys.tolist(), [0, *ends], ends, strict=False):
            rows = order[start:end]
            index = self._index(state, known, key)
            state["states"][index] = self.inner.add(state["states"][index], [each[rows] for each in values])
        return state

    def merge(self, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        """Key by key."""
        known = {key: index for index, key in enumerate(a["keys"])}
        for key, other in zip(b["keys"], b["states"], strict=True):
            index = self._index(a, known, key)
            a["states"][index] = self.inner.merge(a["states"][index], other)
        return a

    def extract(self, state: dict[str, Any]) -> list[Array]:
        """Keys, and the stacked results."""
        order = sorted(range(len(state["keys"])), key=lambda index: state["keys"][index])
        results = [self.inner.extract(state["states"][index]) for index in order]
        keys = np.array([state["keys"][index] for index in order], object)
        stacked = []
        for position, spec in enumerate(self.inner.outputs()):
            shape = [len(order), *spec.shape]
            column = [result[position] for result in results]
            stacked.append(np.asarray(column, spec.dtype.as_numpy_dtype).reshape(shape))
        return [keys, *stacked]

    def _index(self, state: dict[str, Any], known: dict[bytes, int], key: bytes) -> int:
        if key not in known:
            known[key] = len(known)
            state["keys"].append(key)
            state["states"].append(self.inner.create())
        return known[key]


def analyze_per_key(inner: Analyzer, keys: tf.Tensor, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
    """Run ``inner`` for the rows of each key.

    Args:
        inner: the analyzer.
        keys: strings [n].
        inputs: what the analyzer takes, [n, ...] each.

    Returns:
        The keys [k] in lexicographic order, and the analyzer's results, stacked: [k, ...].
    """
    distinct, positions = tf.unique(keys, out_idx=tf.int64)
    return current_trace("an analyzer per key").analyze(PerKey(inner), [distinct, positions, *inputs])


def string_keys(key: Any) -> tf.Tensor:
    """All keys, [n] strings; integers in decimal.

    Raises:
        ArgumentTypeError: keys are neither.
    """
    values = flat_values(key)
    if values.dtype == tf.string:
        return values
    if not values.dtype.is_integer:
        raise ArgumentTypeError("keys are strings or integers", value=values.dtype.name, hint=TOKENS_HINT)
    return tf.strings.as_string(values)


def count_per_key(
    key: Any, key_vocabulary_filename: str | None = None, name: str | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """How often each key occurs in the data set.

    Args:
        key: dense, sparse or ragged strings or integers.
        key_vocabulary_filename: to keep the counts in a file; does not exist here.
        name: name scope.

    Returns:
        Keys [k], strings in lexicographic order; and their counts [k], int64.

    Raises:
        NotSupportedError: a file name is given.
    """
    refuse_key_file(key_vocabulary_filename)
    with unique_scope(name, "count_per_key"):
        keys, counts = current_trace("count_per_key").analyze(KeyCounts(), count_tokens(string_keys(key)))
        return keys, counts


def refuse_key_file(key_vocabulary_filename: str | None) -> None:
    """Raise NotSupportedError if values per key are to be kept in a file."""
    if key_vocabulary_filename is not None:
        raise NotSupportedError(
            "key_vocabulary_filename does not exist here: values per key are kept in the graph",
            hint="leave key_vocabulary_filename out",
        )
