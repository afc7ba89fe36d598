"""The entry points: files, DataFrames, and the public names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import gristmill.model_analysis as tfma
from gristmill.errors import ConfigError, DataError, NotSupportedError

COUNT = 'metrics_specs { metrics { class_name: "ExampleCount" } metrics { class_name: "MeanLabel" } }'


def test_a_data_frame_with_predictions_is_analysed_with_default_keys(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"label": [0, 1, 1], "prediction": [0.2, 0.9, 0.4], "city": ["x", "y", "y"]})
    config = tfma.parse_eval_config(
        'slicing_specs {} slicing_specs { feature_keys: "city" } '
        'metrics_specs { metrics { class_name: "BinaryAccuracy" } }'
    )
    result = tfma.analyze_raw_data(frame, config, str(tmp_path / "out"))
    assert result.get_metrics_for_all_slices() == {
        (): {"binary_accuracy": {"doubleValue": pytest.approx(2 / 3)}},
        (("city", "x"),): {"binary_accuracy": {"doubleValue": 1.0}},
        (("city", "y"),): {"binary_accuracy": {"doubleValue": 0.5}},
    }
    with pytest.raises(ConfigError, match="no column 'prediction'"):
        tfma.analyze_raw_data(frame.drop(columns="prediction"), config)


def test_files_of_examples_with_predictions_are_analysed(examples: Any, tmp_path: Path) -> None:
    config = tfma.parse_eval_config(f'model_specs {{ label_key: "label" prediction_key: "a" }} {COUNT}')
    result = tfma.run_model_analysis(
        eval_config=config, data_location=examples.pattern, output_path=str(tmp_path / "out")
    )
    metrics = result.get_metrics_for_slice()
    assert metrics["example_count"] == {"doubleValue": 600.0}
    assert metrics["mean_label"]["doubleValue"] == pytest.approx(examples.columns["label"].mean())
    assert result.data_location == examples.pattern


def test_wrong_arguments_are_explained(tmp_path: Path) -> None:
    config = tfma.EvalConfig(model_specs=[{}])
    with pytest.raises(ConfigError, match="needs an EvalConfig"):
        tfma.run_model_analysis(data_location="x")
    with pytest.raises(DataError, match="no file matches"):
        tfma.run_model_analysis(eval_config=config, data_location=str(tmp_path / "none-*"))
    with pytest.raises(NotSupportedError, match="CSV"):
        tfma.run_model_analysis(eval_config=config, data_location="x", file_format="text")


def test_a_label_that_is_missing_in_some_rows_is_counted(evaluate_columns: Any) -> None:
    with pytest.raises(DataError, match=r"label is missing in 1 of 2 rows[\s\S]*'label'"):
        evaluate_columns({"label": [0, 1, None], "prediction": [0.1, 0.2, 0.3]}, COUNT)


def test_a_schema_finds_wrong_names_before_the_pass(examples: Any) -> None:
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = schema_pb2.Schema(feature=[{"name": "label"}, {"name": "hour"}, {"name": "a"}])
    config = tfma.parse_eval_config(
        f'model_specs {{ label_key: "label" prediction_key: "a" }} slicing_specs {{ feature_keys: "hours" }} {COUNT}'
    )
    with pytest.raises(ConfigError, match=r"no feature of the schema[\s\S]*did you mean 'hour'"):
        tfma.run_model_analysis(eval_config=config, data_location=examples.pattern, schema=schema)


def test_every_public_name_exists() -> None:
    for module in (tfma, tfma.metrics, tfma.slicer, tfma.dataframe, tfma.view, tfma.constants):
        for name in module.__all__:
            assert hasattr(module, name), f"{module.__name__}.{name}"


def test_importing_loads_neither_tensorflow_nor_pandas() -> None:
    code = "import sys, gristmill.model_analysis; print({'tensorflow', 'pandas', 'keras'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
