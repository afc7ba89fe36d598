"""Finds labels, predictions and example weights of a batch, as the model specs tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, DataError, Place
from gristmill.io.shard import RAW_RECORD_COLUMN
from gristmill.model_analysis.metrics.inputs import BatchInputs, ModelColumns
from gristmill.model_analysis.models.predictor import ModelOutputs, Predictor
from gristmill.proto.model_analysis_config_pb2 import ModelSpec, PaddingOptions

__all__ = ["batch_inputs"]

_PREDICTION_NAMES = ("scores", "outputs", "predictions", "logistic", "probabilities", "logits")
"""Names of outputs that hold the prediction where no prediction_key is given, in the order in which they are tried."""

_CLASS_NAMES = ("all_classes", "classes")
"""Outputs that list the text of each class."""


def batch_inputs(
    batch: pa.RecordBatch,
    models: Sequence[tuple[ModelSpec, Predictor | None]],
    output_names: Sequence[str],
) -> BatchInputs:
    """What metrics see of a batch.

    Args:
        batch: feature columns.
        models: each spec with its loaded model; None where the predictions are a feature of the examples.
        output_names: the outputs that metrics look at; empty for models with one.

    Raises:
        ConfigError: a key that is no feature or output.
        DataError: a label or weight that is missing in some rows.
    """
    outputs: dict[tuple[str, str], ModelColumns] = {}
    transformed: list[pa.RecordBatch] = []
    for spec, predictor in models:
        found = ModelOutputs({}) if predictor is None else predictor.outputs(batch, spec)
        if found.transformed is not None:
            transformed.append(found.transformed)
        features = _Features(batch, found.transformed)
        for output in output_names:
            outputs[spec.name, output] = _columns(spec, output, found, features, predictor is None)
    lookup = _Features(batch, *transformed)
    return BatchInputs(batch.num_rows, outputs, lookup.find)


class _Features:
    """Features of a batch, transformed ones before raw ones."""

    def __init__(self, raw: pa.RecordBatch, *transformed: pa.RecordBatch | None) -> None:
        self._batches = [made for made in transformed if made is not None] + [raw]

    def find(self, name: str) -> pa.Array | None:
        for batch in self._batches:
            position = batch.schema.get_field_index(name)
            if position >= 0 and not _holds_nothing(batch.schema.field(position).type):
                return batch.column(position)
        return None

    def values(self, name: str, role: str, padding: float | None = None) -> NDArray[Any]:
        column = self.find(name)
        if column is None:
            raise _unknown_feature(name, role, self.names())
        return _values(column, name, role, padding)

    def names(self) -> list[str]:
        return sorted({name for batch in self._batches for name in batch.schema.names} - {RAW_RECORD_COLUMN})


def _holds_nothing(kind: pa.DataType) -> bool:
    """Whether a column has no type because it has no values: the feature does not occur in the batch."""
    return bool(pa.types.is_null(kind) or (pa.types.is_list(kind) and pa.types.is_null(kind.value_type)))


def _columns(
    spec: ModelSpec, output: str, found: ModelOutputs, features: _Features, from_features: bool
) -> ModelColumns:
    label_key = _key(spec.label_key, spec.label_keys, output)
    weight_key = _key(spec.example_weight_key, spec.example_weight_keys, output)
    prediction_key = _key(spec.prediction_key, spec.prediction_keys, output)
    padding = spec.padding_options
    labels = features.values(label_key, "label", _padding(padding, "label")) if label_key else None
    weights = None
    if weight_key:
        weights = features.values(weight_key, "example weight").astype(np.float64)
        if weights.ndim != 1:
            raise DataError(
                "an example has one weight",
                place=Place(column=weight_key),
                value=f"{weights.shape[1]} numbers per example",
                hint="example_weight_key must name a feature of one number; outputs have theirs in example_weight_keys",
            )
    if from_features:
        predictions = (
            features.values(prediction_key, "prediction", _padding(padding, "prediction")) if prediction_key else None
        )
    else:
        predictions, labels = _select_prediction(found.predictions, prediction_key, output, labels)
    return ModelColumns(labels, predictions, weights, label_key)


def _key(single: str, plural: Mapping[str, str], output: str) -> str:
    return plural.get(output, "") if plural else single


def _padding(options: PaddingOptions, what: str) -> float | None:
    kind = options.WhichOneof(f"{what}_padding")
    return float(getattr(options, kind)) if kind else None


def _select_prediction(
    predictions: Any, key: str, output: str, labels: NDArray[Any] | None
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The scores among a model's outputs, and the labels as class numbers where the outputs list the classes."""
    if isinstance(predictions, Mapping):
        if output:
            predictions = _of_output(predictions, output)
        classes = _class_texts(predictions)
        if classes is not None and labels is not None and labels.dtype == object:
            labels = _class_numbers(labels, classes)
    if isinstance(predictions, Mapping):
        if key:
            chosen = predictions.get(key)
        else:
            chosen = next((predictions[name] for name in _PREDICTION_NAMES if name in predictions), None)
        if chosen is None:
            raise ConfigError(
                "the model has several outputs, and which one is the prediction is not told"
                if not key
                else "prediction_key is no output of the model",
                place=Place(uri="eval_config.model_specs.prediction_key"),
                value=key or None,
                hint=f"set prediction_key to one of {', '.join(sorted(predictions))}",
            )
        predictions = chosen
    return _squeezed(_as_numbers(np.asarray(predictions))), labels


def _of_output(predictions: Mapping[str, Any], output: str) -> Any:
    if output in predictions:
        return predictions[output]
    nested = {name.split("/", 1)[1]: value for name, value in predictions.items() if name.startswith(f"{output}/")}
    if not nested:
        raise ConfigError(
            "output_names must name outputs of the model",
            place=Place(uri="eval_config.metrics_specs.output_names"),
            value=output,
            hint=f"its outputs are {', '.join(sorted(predictions))}",
        )
    return nested


def _class_texts(predictions: Any) -> NDArray[Any] | None:
    if not isinstance(predictions, Mapping):
        return None
    for name in _CLASS_NAMES:
        if name in predictions and np.asarray(predictions[name]).ndim == 2 and len(predictions[name]):
            texts: NDArray[Any] = _as_numbers(np.asarray(predictions[name]))[0]
            return texts
    return None


def _class_numbers(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    numbers = {text: number for number, text in enumerate(classes.tolist())}
    return np.array([numbers.get(text, -1) for text in labels.reshape(-1).tolist()], dtype=np.float64)


def _as_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """float64 arrays, or object arrays of str."""
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    texts = [item.decode() if isinstance(item, bytes) else str(item) for item in values.reshape(-1).tolist()]
    return np.array(texts, dtype=object).reshape(values.shape)


def _squeezed(values: NDArray[Any]) -> NDArray[Any]:
    """Shape (rows,) for one value per row, (rows, values) otherwise."""
    if values.ndim == 1:
        return values
    flat = values.reshape(len(values), int(np.prod(values.shape[1:], dtype=np.int64)))
    return flat[:, 0] if flat.shape[1] == 1 else flat


def _values(column: pa.Array, name: str, role: str, padding: float | None) -> NDArray[Any]:
    """The values of a list column as (rows,) or (rows, values); every row must have the same number."""
    if not pa.types.is_list(column.type) and not pa.types.is_large_list(column.type):
        if column.null_count:
            raise _missing_rows(name, role, pc.is_null(column).to_numpy(zero_copy_only=False))
        return _as_numbers(column.to_numpy(zero_copy_only=False))
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    flat = _as_numbers(column.flatten().to_numpy(zero_copy_only=False))
    width = int(lengths.max(initial=0))
    if (lengths == 0).any() and padding is None:
        raise _missing_rows(name, role, lengths == 0)
    if (lengths == width).all():
        return _squeezed(flat.reshape(len(lengths), max(width, 1)))
    if padding is None:
        raise DataError(
            f"the {role} must have the same number of values in every row",
            place=Place(column=name),
            value=f"{int(lengths.min())} to {width} values",
            hint="set padding_options in the model spec",
        )
    padded = np.full((len(lengths), width), padding)
    padded[np.arange(width) < lengths[:, None]] = flat
    return padded


def _missing_rows(name: str, role: str, missing: NDArray[np.bool_]) -> DataError:
    return DataError(
        f"the {role} is missing in {int(missing.sum()):,} of {len(missing):,} rows of a batch",
        place=Place(column=name),
        hint="remove such rows before the evaluation, or fill the feature in preprocessing",
    )


def _unknown_feature(name: str, role: str, names: Sequence[str]) -> ConfigError:
    return ConfigError(
        f"the {role} {name!r} is no feature of the examples or of the model's preprocessing",
        hint=did_you_mean(name, names, "the features"),
    )
