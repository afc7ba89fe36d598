"""Examples with predictions as further features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, Place
from gristmill.io.tensors.to_arrow import tensors_to_batch
from gristmill.serving.inference.answers import Answer, class_scores, regression_values
from gristmill.serving.inference.loaded_model import LoadedModel
from gristmill.serving.inference.methods import CLASSES, SCORES
from gristmill.serving.inference.output_columns import OutputColumn, Reading

__all__ = ["check_columns", "predicted_examples"]


def check_columns(model: LoadedModel, columns: Sequence[OutputColumn]) -> None:
    """Refuse columns of outputs that the model's signatures do not have.

    Raises:
        ConfigError: names the outputs that there are.
    """
    for column in columns:
        outputs = model.signature(column.signature).outputs
        wanted = {Reading.LABELS: CLASSES, Reading.SCORES: SCORES, Reading.OUTPUT: column.output}.get(column.reading)
        if (wanted and wanted not in outputs) or (wanted == "" and len(outputs) > 1):
            raise ConfigError(
                f"the signature {column.signature!r} has no output {wanted!r}"
                if wanted
                else f"the signature {column.signature!r} has several outputs, and which one is meant is not told",
                place=Place(uri=model.uri, column=column.column),
                hint=did_you_mean(wanted or "", outputs, "its outputs are"),
            )


def predicted_examples(
    features: pa.RecordBatch, answers: Mapping[str, Answer], columns: Sequence[OutputColumn]
) -> pa.RecordBatch:
    """The features with the columns beside them, sorted by name.

    Args:
        features: feature columns.
        answers: by signature.
        columns: what to add.

    Raises:
        ConfigError: a column has the name of a feature.
        DataError: an output is of a dtype that a feature cannot have.
    """
    taken = [column.column for column in columns if column.column in features.schema.names]
    if taken:
        raise ConfigError(
            "an output column must not have the name of a feature of the examples",
            value=taken,
            hint="choose another name in output_example_spec",
        )
    made = tensors_to_batch({column.column: _values(answers[column.signature], column) for column in columns})
    found = dict(zip(features.schema.names, features.columns, strict=True))
    found.update(zip(made.schema.names, made.columns, strict=True))
    names = sorted(found)
    return pa.RecordBatch.from_arrays([found[name] for name in names], names=names)


def _values(answer: Answer, column: OutputColumn) -> Any:
    if column.reading is Reading.REGRESSION:
        return regression_values(answer)
    if column.reading is Reading.OUTPUT:
        return answer.outputs[column.output or next(iter(answer.outputs))]
    found = class_scores(answer)
    return found.labels if column.reading is Reading.LABELS else found.scores
