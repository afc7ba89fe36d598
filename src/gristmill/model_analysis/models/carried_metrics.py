"""The loss and metrics a Keras model was compiled with, read from its metadata without building the model.

Keras 2 writes them beside a SavedModel (``keras_metadata.pb``), Keras 3 into the archive's ``config.json``. What has an
equal formula here is computed here; another Keras metric by Keras' own class. A loss or metric of the user's own cannot
be built from its name: it is left out with a warning.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gristmill.errors import ConfigError, DataError, NotSupportedError, Place
from gristmill.io import filesystem
from gristmill.model_analysis.metrics.compiled_loss import CompiledLoss
from gristmill.model_analysis.metrics.metric import Metric
from gristmill.model_analysis.metrics.plan import ModelMetric
from gristmill.model_analysis.metrics.registry import metric_from_config
from gristmill.proto.model_analysis_config_pb2 import MetricConfig

__all__ = ["carried_by_archive", "carried_by_saved_model", "metrics_of_training_config"]

_ROOT = "root"
_CONFIG = "config.json"
_CONFIG_BYTES = 64 << 20  # of a Keras configuration, unpacked: a layer takes about 1 kB

_CLASS_OF_FUNCTION = {
    "binary_accuracy": "BinaryAccuracy",
    "categorical_accuracy": "CategoricalAccuracy",
    "sparse_categorical_accuracy": "SparseCategoricalAccuracy",
    "top_k_categorical_accuracy": "TopKCategoricalAccuracy",
    "sparse_top_k_categorical_accuracy": "SparseTopKCategoricalAccuracy",
    "accuracy": "Accuracy",
    "binary_crossentropy": "BinaryCrossEntropy",
    "categorical_crossentropy": "CategoricalCrossEntropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossEntropy",
    "mean_squared_error": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
    "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
}
"""Names of functions that Keras accepts for a metric -> the metric's class."""

_ACCURACY_OF_LOSS = {
    "binarycrossentropy": "BinaryAccuracy",
    "categoricalcrossentropy": "CategoricalAccuracy",
    "sparsecategoricalcrossentropy": "SparseCategoricalAccuracy",
}


def carried_by_saved_model(path: str) -> list[ModelMetric]:
    """The metrics of a Keras 2 SavedModel; none where it is no Keras model or was not compiled."""
    file = filesystem.join(path, "keras_metadata.pb")
    if not filesystem.exists(file):
        return []
    from tf_keras.protobuf import saved_metadata_pb2

    metadata = saved_metadata_pb2.SavedMetadata.FromString(filesystem.read_bytes(file))
    for node in metadata.nodes:
        if node.node_path == _ROOT:
            found = json.loads(node.metadata)
            return metrics_of_training_config(found.get("training_config"))
    return []


def carried_by_archive(path: str) -> list[ModelMetric]:
    """The metrics of a Keras 3 ``.keras`` archive; none where the model was not compiled.

    Raises:
        DataError: its configuration is too large to be one; nothing of it was unpacked.
    """
    with filesystem.open_input(path) as file, zipfile.ZipFile(file) as archive:
        size = archive.getinfo(_CONFIG).file_size  # no more than this is ever unpacked
        if size > _CONFIG_BYTES:
            raise DataError(
                f"the {_CONFIG} of a Keras archive holds at most {_CONFIG_BYTES:,} bytes",
                place=Place(uri=path),
                value=size,
                hint="the archive is damaged, or something else's: save the model again",
            )
        config = json.loads(archive.read(_CONFIG))
    return metrics_of_training_config(config.get("compile_config"))


def metrics_of_training_config(config: Mapping[str, Any] | None) -> list[ModelMetric]:
    """The metrics of Keras' record of ``compile``: keys loss, metrics, weighted_metrics."""
    if not config:
        return []
    found = [ModelMetric(loss, weighted=True) for loss in _losses(config.get("loss"))]
    accuracy = _accuracy_for(config.get("loss"))
    for weighted, key in ((False, "metrics"), (True, "weighted_metrics")):
        for output, item in _flattened(config.get(key)):
            metric = _metric(_named_accuracy(accuracy, item) if item in ("accuracy", "acc") else item)
            if metric is not None:
                metric.name = metric.name.removeprefix(f"{output}_") if output else metric.name
                found.append(ModelMetric(metric, output, weighted))
    return found


def _accuracy_for(loss: Any) -> str:
    """The accuracy that Keras means by ``"accuracy"``: the one that goes with the loss."""
    names = [_class_and_parameters(entry)[0] for _, entry in _flattened(loss)]
    return _ACCURACY_OF_LOSS.get(names[0].lower(), "Accuracy") if len(names) == 1 else "Accuracy"


def _named_accuracy(class_name: str, name: str) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": name}}


def _losses(loss: Any) -> Iterator[Metric]:
    entries = _flattened(loss)
    if len(entries) > 1 or any(output for output, _ in entries):
        warnings.warn("the compiled loss of a model with several outputs is not computed", stacklevel=2)
        return
    for _, entry in entries:
        name, parameters = _class_and_parameters(entry)
        try:
            yield CompiledLoss(name, parameters)
        except NotSupportedError as error:
            warnings.warn(str(error), stacklevel=2)


def _flattened(entries: Any, output: str = "") -> list[tuple[str, Any]]:
    """The (output, entry) pairs of Keras' nested lists and mappings."""
    if entries is None:
        return []
    if isinstance(entries, Mapping) and "class_name" not in entries:
        return [pair for name, inner in entries.items() for pair in _flattened(inner, str(name))]
    if isinstance(entries, Sequence) and not isinstance(entries, str):
        return [pair for inner in entries for pair in _flattened(inner, output)]
    return [(output, entries)]


def _class_and_parameters(entry: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(entry, str):
        return _CLASS_OF_FUNCTION.get(entry, entry), {"name": entry}
    parameters = dict(entry.get("config") or {}) if isinstance(entry.get("config"), Mapping) else {}
    name = str(entry["class_name"])
    function = parameters.pop("fn", None)
    if name == "MeanMetricWrapper":
        function = function if isinstance(function, str) else (function or {}).get("config", "")
        name = _CLASS_OF_FUNCTION.get(function, str(function))
    if name == "function":
        name = _CLASS_OF_FUNCTION.get(str(entry.get("config")), str(entry.get("config")))
    return name, parameters


def _metric(entry: Any) -> Metric | None:
    name, parameters = _class_and_parameters(entry)
    parameters = {key: value for key, value in parameters.items() if key not in ("reduction", "axis")}
    if isinstance(parameters.get("dtype"), Mapping):  # Keras 3 writes a policy object
        parameters["dtype"] = parameters["dtype"].get("config", {}).get("name", "float32")
    try:
        return metric_from_config(
            MetricConfig(class_name=name, config=json.dumps(parameters)), "the model's compiled metrics"
        )
    except ConfigError as error:
        warnings.warn(f"a compiled metric of the model is not computed: {error.rule}", stacklevel=2)
        return None
