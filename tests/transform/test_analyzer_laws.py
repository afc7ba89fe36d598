"""Every analyzer is a mergeable summary: order, cuts and serialisation of states do not change results."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf

from gristmill.engine.contract import Accumulator
from gristmill.testing.engine import check_accumulator_laws
from gristmill.transform.analyzer import Analyzer
from gristmill.transform.analyzers.covariance import Covariance, PrincipalComponents
from gristmill.transform.analyzers.extrema import Extrema
from gristmill.transform.analyzers.keys import KeyCounts, PerKey
from gristmill.transform.analyzers.moments import Moments
from gristmill.transform.analyzers.quantiles import Quantiles
from gristmill.transform.analyzers.sums import VectorSum
from gristmill.transform.analyzers.vocabulary import Vocabulary

pytestmark = pytest.mark.tensorflow

RANDOM = np.random.default_rng(7)


class OverColumns(Accumulator[Any, Any]):
    """Feeds an analyzer from the columns of a batch, as the graph of a phase would."""

    def __init__(self, analyzer: Analyzer, arrays):
        self._analyzer = analyzer
        self._arrays = arrays

    def create(self):
        return self._analyzer.create()

    def add(self, state, batch):
        return self._analyzer.add(state, self._arrays(batch)) if batch.num_rows else state

    def merge(self, a, b):
        return self._analyzer.merge(a, b)

    def extract(self, state):
        return self._analyzer.extract(state)


def batch(rows):
    numbers = RANDOM.normal(size=rows).astype(np.float32)
    numbers[::11] = np.nan
    return pa.RecordBatch.from_pydict(
        {"x": numbers, "y": RANDOM.normal(size=rows), "k": [b"k%d" % k for k in RANDOM.integers(0, 5, rows)]}
    )


def number(batch):
    return [batch["x"].to_numpy()]


def pairs(batch):
    return [np.stack([np.nan_to_num(batch["x"].to_numpy()), batch["y"].to_numpy()], axis=1)]


def tokens(batch):
    distinct, counts = np.unique(np.array(batch["k"].to_pylist(), object), return_counts=True)
    return [distinct, counts]


def keyed(batch):
    distinct, positions = np.unique(np.array(batch["k"].to_pylist(), object), return_inverse=True)
    return [distinct, positions, batch["x"].to_numpy()]


VOCABULARY = Vocabulary("v", 3, None, True, (), False, "text", integers=False)


@pytest.mark.parametrize(
    ("analyzer", "arrays"),
    [
        (Extrema(tf.float32, ()), number),
        (VectorSum(tf.float64, (2,)), pairs),
        (Moments(tf.float64, ()), number),
        (Quantiles(4, 0.01, (), weighted=False), number),
        (Covariance(2, tf.float64), pairs),
        (PrincipalComponents(2, tf.float64, 2), pairs),
        (KeyCounts(), tokens),
        (VOCABULARY, tokens),
        (PerKey(Moments(tf.float64, ())), keyed),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Analyzer) else "",
)
def test_an_analyzer_obeys_the_laws_of_accumulators(analyzer, arrays):
    check_accumulator_laws(OverColumns(analyzer, arrays), [batch(40), batch(60), batch(3)], same=same)


def same(a, b):
    return all(
        np.array_equal(x, y) if x.dtype == object else np.allclose(x, y, atol=1e-6) for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("epsilon", [0.05, 0.001])
def test_boundaries_of_many_rows_are_as_exact_as_was_asked(epsilon):
    values = RANDOM.lognormal(size=200_000).astype(np.float32)
    analyzer = Quantiles(20, epsilon, (), weighted=False)
    state = analyzer.create()
    for start in range(0, len(values), 9_000):
        state = analyzer.add(state, [values[start : start + 9_000]])
    boundaries = analyzer.extract(state)[0][0]
    ranks = np.searchsorted(np.sort(values), boundaries) / len(values)
    assert np.abs(ranks - np.arange(1, 20) / 20).max() <= epsilon
