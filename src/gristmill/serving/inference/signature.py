"""One signature of a loaded model: named inputs, named outputs, and a call on a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gristmill.errors import ConfigError, DataError, NotSupportedError, Place
from gristmill.io.example_codec import decode_examples
from gristmill.io.shard import RAW_RECORD_COLUMN
from gristmill.io.tensors.model_inputs import (
    feature_candidates,
    feature_name,
    inputs_for,
    serialized_examples,
    takes_examples,
)
from gristmill.serving.inference.methods import Method

import tensorflow as tf  # isort: skip - after io.tensors, which quiets it

__all__ = ["Arrays", "Signature"]

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Signature:
    """A function that a model offers.

    Attributes:
        name: under which the model has it.
        method: what it is for.
        inputs: the type of each input; the first dimension is the batch.
        outputs: the names of its outputs, sorted.
        call: from tensors by input name to tensors by output name.
        model: where the model is, for errors.
    """

    name: str
    method: Method
    inputs: Mapping[str, Any]
    outputs: tuple[str, ...]
    call: Callable[..., Mapping[str, Any]]
    model: str

    @property
    def takes_examples(self) -> bool:
        """Whether it takes serialized tf.Examples: one string input of one dimension."""
        return takes_examples(self.inputs)

    def feeds(self, batch: pa.RecordBatch) -> dict[str, Any]:
        """The input tensors for the rows of a batch.

        Args:
            batch: the serialized records (``RAW_RECORD_COLUMN``), or feature columns, or both.

        Raises:
            DataError: the batch has no feature for an input, or not the values that it takes.
            ConfigError: a feature has another type than the input.
        """
        if self.takes_examples:
            return {next(iter(self.inputs)): serialized_examples(batch)}
        if batch.schema.names == [RAW_RECORD_COLUMN]:
            wanted = sorted({name for item in self.inputs for name in feature_candidates(item)})
            batch = decode_examples(batch.column(0), features=wanted)
        occurring = {field.name for field in batch.schema if not pa.types.is_null(field.type)}
        missing = [name for name in self.inputs if feature_name(name, occurring) is None]
        if missing:
            raise self._unfed(value=missing)
        try:
            return inputs_for(self.inputs, batch, {}) or {}
        except DataError as error:
            raise self._unfed(error.place, error.value) from error

    def _unfed(self, place: Place | None = None, value: object = None) -> DataError:
        return DataError(
            f"the signature {self.name!r} needs each of its inputs from every example, in its shape and dtype",
            place=place,
            value=value,
            hint="name the inputs as the features; or export a signature on serialized examples, which can fill gaps",
        )

    def run(self, feeds: Mapping[str, Any], rows: int) -> dict[str, npt.NDArray[Any]]:
        """The outputs as arrays [rows, …], by name.

        Raises:
            DataError: an operation failed.
            ConfigError: an output does not have one row per example.
            NotSupportedError: an output is sparse or ragged.
        """
        try:
            outputs = self.call(**feeds)
        except (tf.errors.OpError, ValueError, TypeError) as error:
            # A signature that was traced for another shape or dtype raises ValueError or TypeError.
            message = getattr(error, "message", None) or str(error)
            raise DataError(f"the model's signature {self.name!r} failed: {message}") from error
        return {name: self._checked(name, outputs[name], rows) for name in sorted(outputs)}

    def _checked(self, name: str, value: Any, rows: int) -> npt.NDArray[Any]:
        if isinstance(value, tf.SparseTensor | tf.RaggedTensor):
            raise NotSupportedError(
                "an output that is a sparse or ragged tensor cannot be written",
                place=Place(uri=self.model, column=name),
                hint="make it dense in the signature",
            )
        array: npt.NDArray[Any] = np.asarray(value)
        if array.ndim == 0 or len(array) != rows:
            raise ConfigError(
                f"an output of the signature {self.name!r} must have one row for each example",
                place=Place(uri=self.model, column=name),
                value=f"shape {array.shape} for {rows:,} examples",
            )
        return array
