"""The published face of everything that is read as record batches and tensors: ``tfxio.TFXIO``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import tensorflow as tf

from gristmill.io.tensors.adapter_config import TensorAdapterConfig
from gristmill.io.tensors.from_arrow import TensorAdapter
from gristmill.io.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions
from gristmill.io.tensors.representations import TensorRepresentations

if TYPE_CHECKING:
    import apache_beam

__all__ = ["TFXIO"]


class TFXIO(ABC):
    """A source of rows, as Arrow record batches and as tensors."""

    @abstractmethod
    def BeamSource(self, batch_size: int | None = None) -> apache_beam.PTransform:  # noqa: N802 - published name
        """A transform whose output is the rows as ``pyarrow.RecordBatch`` elements.

        Args:
            batch_size: rows per batch, at most; large by default.
        """

    @abstractmethod
    def RecordBatches(self, options: RecordBatchesOptions) -> Iterator[pa.RecordBatch]:  # noqa: N802 - published name
        """The rows as record batches, in this process."""

    @abstractmethod
    def TensorFlowDataset(self, options: TensorFlowDatasetOptions) -> tf.data.Dataset:  # noqa: N802 - published name
        """The rows as batches of tensors."""

    @abstractmethod
    def ArrowSchema(self) -> pa.Schema:  # noqa: N802 - published name
        """The columns of the record batches."""

    @abstractmethod
    def TensorRepresentations(self) -> TensorRepresentations:  # noqa: N802 - published name
        """How columns become tensors, by tensor name."""

    @abstractmethod
    def Project(self, tensor_names: list[str]) -> TFXIO:  # noqa: N802 - published name
        """The same source, reading only what these tensors are made of."""

    def TensorAdapterConfig(self) -> TensorAdapterConfig:  # noqa: N802 - published name
        """What :meth:`TensorAdapter` is made of."""
        return TensorAdapterConfig(self.ArrowSchema(), self.TensorRepresentations(), self._original_type_specs())

    def TensorAdapter(self) -> TensorAdapter:  # noqa: N802 - published name
        """An adapter from these record batches to tensors."""
        return TensorAdapter(self.TensorAdapterConfig())

    def _original_type_specs(self) -> dict[str, Any] | None:
        """The tensor types before any projection; None where there was none."""
        return None
