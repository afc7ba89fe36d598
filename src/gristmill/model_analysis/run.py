"""The entry points that users call: evaluate a model on files, or a DataFrame of predictions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.engine import Engine, LocalEngine
from gristmill.errors import ConfigError, DataError, NotSupportedError, Place
from gristmill.io import filesystem
from gristmill.io.columns import as_example_batch
from gristmill.io.examples import file_shards
from gristmill.io.shard import Shard
from gristmill.model_analysis.constants import MODEL_CENTRIC_MODE
from gristmill.model_analysis.evaluation import evaluate
from gristmill.model_analysis.models.eval_shared_model import EvalSharedModel
from gristmill.model_analysis.results.eval_result import EvalResult, EvalResults, load_eval_result
from gristmill.proto.model_analysis_config_pb2 import EvalConfig

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

__all__ = ["analyze_raw_data", "run_model_analysis"]

_BATCH_ROWS = 65536
_DEFAULT_LABEL = "label"
_DEFAULT_PREDICTION = "prediction"


def run_model_analysis(
    eval_shared_model: EvalSharedModel | Sequence[EvalSharedModel] | Mapping[str, EvalSharedModel] | None = None,
    eval_config: EvalConfig | None = None,
    data_location: str = "",
    file_format: str = "tfrecords",
    output_path: str | None = None,
    *,
    schema: schema_pb2.Schema | None = None,
    engine: Engine | None = None,
) -> EvalResult | EvalResults:
    """Evaluate one or several models on files of tf.Examples.

    Args:
        eval_shared_model: one model, or several, whose names are those of their specs; None where the examples hold
            the predictions.
        eval_config: what to compute.
        data_location: a file or pattern of TFRecord or Parquet files.
        file_format: ``"tfrecords"``.
        output_path: directory for the results; a temporary one where None.
        schema: of the examples.
        engine: runs the pass; the local engine where None.

    Returns:
        The result, or one per model where the configuration has several.

    Raises:
        ConfigError: no configuration, no data, or one that does not fit the models.
    """
    if eval_config is None:
        raise ConfigError("an evaluation needs an EvalConfig", hint="EvalConfig(model_specs=…, metrics_specs=…)")
    if file_format == "text":
        raise NotSupportedError(
            "raw CSV lines are not evaluated", value=file_format, hint="make tf.Examples of them with CsvExampleGen"
        )
    if file_format != "tfrecords":
        raise ConfigError("file_format must be 'tfrecords'", value=file_format)
    files = filesystem.glob(data_location)
    if not files:
        raise DataError(
            "no file matches data_location",
            place=Place(uri=data_location),
            hint="name files of tf.Examples, for example Split-eval/data_tfrecord-*.gz",
        )
    directory = output_path or tempfile.mkdtemp(prefix="evaluation-")
    evaluation = evaluate(
        file_shards(files),
        eval_config,
        models=_by_name(eval_shared_model),
        engine=engine or LocalEngine(),
        output_path=directory,
        schema=schema,
        data_location=data_location,
        file_format=file_format,
    )
    names = [spec.name for spec in evaluation.eval_config.model_specs]
    results = [load_eval_result(directory, model_name=name) for name in names]
    return results[0] if len(results) == 1 else EvalResults(results, MODEL_CENTRIC_MODE)


def analyze_raw_data(
    data: pd.DataFrame,
    eval_config: EvalConfig | None = None,
    output_path: str | None = None,
    *,
    engine: Engine | None = None,
) -> EvalResult:
    """Evaluate predictions that a DataFrame holds beside their labels.

    Args:
        data: one row per example. Columns of numbers, text or lists of them.
        eval_config: label_key and prediction_key default to ``"label"`` and ``"prediction"``.
        output_path: directory for the results; a temporary one where None.
        engine: runs the pass; the local engine where None.

    Raises:
        ConfigError: a label, prediction or weight column that the DataFrame lacks.
    """
    config = _with_default_keys(eval_config or EvalConfig())
    _check_columns(config, [str(name) for name in data.columns])
    table = pa.Table.from_pandas(data, preserve_index=False)

    def read(_: Shard) -> Iterator[pa.RecordBatch]:
        for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
            yield as_example_batch(batch, "DataFrame")

    directory = output_path or tempfile.mkdtemp(prefix="evaluation-")
    evaluate(
        [Shard(uri="DataFrame", format="memory", rows=len(data))],
        config,
        models={},
        engine=engine or LocalEngine(),
        output_path=directory,
        reader=read,
        data_location="<user provided DataFrame>",
    )
    return load_eval_result(directory)


def _by_name(models: Any) -> dict[str, EvalSharedModel]:
    if models is None:
        return {}
    if isinstance(models, Mapping):
        for name, model in models.items():
            if model.model_name and model.model_name != name:
                raise ConfigError(
                    "a model's key must be its model_name",
                    value=(name, model.model_name),
                    hint="or give the models as a list: their names are their keys",
                )
        return dict(models)
    if isinstance(models, EvalSharedModel):
        return {models.model_name: models}
    found = {model.model_name: model for model in models}
    if len(found) < len(models) or (len(models) > 1 and "" in found):
        raise ConfigError(
            "several models need names that differ",
            value=[model.model_name for model in models],
            hint="default_eval_shared_model(…, model_name='candidate') names one, as a model spec does",
        )
    return found


def _with_default_keys(given: EvalConfig) -> EvalConfig:
    config = EvalConfig()
    config.CopyFrom(given)
    if not config.model_specs:
        config.model_specs.add()
    for spec in config.model_specs:
        if not spec.label_key and not spec.label_keys:
            spec.label_key = _DEFAULT_LABEL
        if not spec.prediction_key and not spec.prediction_keys:
            spec.prediction_key = _DEFAULT_PREDICTION
    return config


def _check_columns(config: EvalConfig, columns: Sequence[str]) -> None:
    for spec in config.model_specs:
        keys = [spec.label_key, spec.prediction_key, spec.example_weight_key]
        keys += [*spec.label_keys.values(), *spec.prediction_keys.values(), *spec.example_weight_keys.values()]
        for key in keys:
            if key and key not in columns:
                raise ConfigError(f"the DataFrame has no column {key!r}", hint=f"its columns are {', '.join(columns)}")
