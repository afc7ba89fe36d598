"""An Analyzer summarises tensors over the whole data set.

It is the numpy half of an analyzer: the graph prepares small arrays from each batch (see ``trace.Trace.analyze``), and
the analyzer adds them up. States obey the laws of ``gristmill.engine.contract.Accumulator``: merge is associative and
commutative (up to a sketch's tolerance), ``create()`` is its identity, states are plain trees of numbers, lists, dicts
and arrays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import tensorflow as tf

__all__ = ["Analyzer", "Array", "Arrays"]

Array = npt.NDArray[Any]
Arrays = Sequence[Array]


class Analyzer(ABC):
    """A mergeable summary of a few arrays per batch.

    Attributes:
        makes_asset: the first output is the path of a file that becomes an asset of the saved transform.
    """

    makes_asset: ClassVar[bool] = False

    @abstractmethod
    def outputs(self) -> list[tf.TensorSpec]:
        """Dtype and shape of each result, as the graph will see it before the values are known."""

    @abstractmethod
    def create(self) -> Any:
        """The state before any row."""

    @abstractmethod
    def add(self, state: Any, arrays: Arrays) -> Any:
        """The state after the arrays of one more batch."""

    @abstractmethod
    def merge(self, a: Any, b: Any) -> Any:
        """The state of both parts together."""

    @abstractmethod
    def extract(self, state: Any) -> list[Array]:
        """The results, one array per output."""

    def publish(self, results: list[Array], asset_dir: str) -> list[Array]:
        """What the graph gets for these results; a maker of assets writes its file into ``asset_dir`` here."""
        del asset_dir
        return results

    def write_stand_in(self, path: str) -> None:
        """Makers of assets: write a file of the right form, from which tables are made while there is no result yet."""
        raise TypeError(f"{type(self).__name__} makes no asset, so it has no stand-in to write at {path}")


def cast_to(spec: tf.TensorSpec, value: Any) -> Array:
    """``value`` as an array of the spec's dtype."""
    return np.asarray(value, dtype=spec.dtype.as_numpy_dtype)
