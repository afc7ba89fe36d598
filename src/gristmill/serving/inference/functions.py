"""Map functions for the engine that apply a model: to prediction logs, or to examples with further features.

They hold names alone (where the model is, what to call), and load the model when a worker first calls them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gristmill.io.example_codec import decode_examples
from gristmill.io.shard import RAW_RECORD_COLUMN
from gristmill.serving.inference.message_rows import check_size
from gristmill.serving.inference.numbered_records import place_of
from gristmill.serving.inference.output_columns import OutputColumn
from gristmill.serving.inference.served_model import ServedModel

if TYPE_CHECKING:
    from gristmill.serving.inference.loaded_model import LoadedModel

__all__ = ["PredictedExamples", "PredictionLogs"]


class _OfModel:
    """Loads the model once per process and object; what is sent to workers is without it."""

    def __init__(self, model: ServedModel, output: str) -> None:
        self.model = model
        self.output = output
        self._loaded: LoadedModel | None = None

    def load(self) -> LoadedModel:
        """The model; the engine's threads may ask at once."""
        if self._loaded is None:
            self._loaded = self.model.load()
        return self._loaded

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_loaded": None}


class PredictionLogs(_OfModel):
    """From batches of serialized examples to batches of serialized ``PredictionLog`` messages.

    Args:
        model: what to call.
        output: the name of the output that gets the logs.
    """

    def __init__(self, model: ServedModel, output: str = "prediction_logs") -> None:
        super().__init__(model, output)

    def __call__(self, batch: pa.RecordBatch) -> dict[str, pa.RecordBatch]:
        """The logs of a batch, as column ``RAW_RECORD_COLUMN``.

        Raises:
            DataError: the model fails; names the file and the record. Or the logs take 2 GiB or more.
        """
        from gristmill.serving.inference.batch_inference import answers_of
        from gristmill.serving.inference.prediction_logs import prediction_logs

        parts = [
            prediction_logs(part, answers) for part, answers in answers_of(self.load(), self.model.signatures, batch)
        ]
        check_size(sum(part.nbytes for part in parts))
        logs = pa.concat_arrays(parts) if parts else pa.array([], pa.binary())
        return {self.output: pa.RecordBatch.from_arrays([logs], names=[RAW_RECORD_COLUMN])}


class PredictedExamples(_OfModel):
    """From batches of serialized examples to batches of feature columns with predictions beside them.

    Args:
        model: what to call.
        columns: the features to add.
        output: the name of the output that gets the examples.
    """

    def __init__(self, model: ServedModel, columns: Sequence[OutputColumn], output: str) -> None:
        super().__init__(model, output)
        self.columns = tuple(columns)

    def load(self) -> LoadedModel:
        """The model, whose outputs are the ones that the columns are made of.

        Raises:
            ConfigError: an output is missing.
        """
        from gristmill.serving.inference.predicted_examples import check_columns

        if self._loaded is None:
            model = self.model.load()
            check_columns(model, self.columns)
            self._loaded = model
        return self._loaded

    def __call__(self, batch: pa.RecordBatch) -> dict[str, pa.RecordBatch]:
        """The examples of a batch, as feature columns.

        Raises:
            ConfigError: a column has the name of a feature.
            DataError: the model fails; names the file and the record.
        """
        from gristmill.serving.inference.batch_inference import answers_of
        from gristmill.serving.inference.predicted_examples import predicted_examples

        features = decode_examples(batch.column(RAW_RECORD_COLUMN), place=place_of(batch))
        made, first = [], 0
        for part, answers in answers_of(self.load(), self.model.signatures, batch):
            rows = features.slice(first, part.num_rows)
            by_name = {answer.signature.name: answer for answer in answers}
            made.append(pa.Table.from_batches([predicted_examples(rows, by_name, self.columns)]))
            first += part.num_rows
        if not made:
            return {}
        return {self.output: pa.concat_tables(made).combine_chunks().to_batches()[0]}
