"""Result files hold what was computed, under the family's names, and read back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

import gristmill.model_analysis as tfma
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.model_analysis.metrics.keys import AggregationType, MetricKey, SubKey
from gristmill.model_analysis.results.message_dicts import message_dict
from gristmill.proto.metrics_for_slice_pb2 import MetricValue

CONFIG = """
slicing_specs {} slicing_specs { feature_keys: "hour" }
metrics_specs {
  metrics { class_name: "ExampleCount" } metrics { class_name: "AUC" } metrics { class_name: "ConfusionMatrixPlot" }
  metrics { class_name: "CalibrationPlot" }
  metrics { class_name: "Precision" config: '"thresholds": [0.3, 0.6]' }
}
"""


@pytest.fixture(scope="module")
def output(evaluate_columns: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evaluation")
    columns = {"label": [0, 1, 1, 0, 1], "prediction": [0.1, 0.7, 0.4, 0.5, 0.9], "hour": [1, 1, 2, 2, 2]}
    evaluate_columns(columns, CONFIG, output_path=str(path))
    return path


def test_the_directory_holds_exactly_the_published_files(output: Path) -> None:
    assert sorted(path.name for path in output.iterdir()) == [
        "attributions-00000-of-00001.tfrecord",
        "eval_config.json",
        "metrics-00000-of-00001.tfrecord",
        "plots-00000-of-00001.tfrecord",
        "validations.tfrecord",
    ]
    run = json.loads((output / "eval_config.json").read_text())
    assert set(run) == {"evalConfig", "version", "dataLocation", "fileFormat", "modelLocations"}
    assert run["evalConfig"]["modelSpecs"] == [{"labelKey": "label", "predictionKey": "prediction"}]


def test_load_eval_result_gives_metrics_by_slice_output_class_and_name(output: Path) -> None:
    result = tfma.load_eval_result(str(output))
    assert result.get_slice_names() == [(), (("hour", 1),), (("hour", 2),)]
    assert result.get_metric_names() == ["auc", "example_count", "precision"]
    hour = result.get_metrics_for_slice((("hour", 2),))
    assert hour is not None
    assert hour["example_count"] == {"doubleValue": 3.0}
    assert hour["precision"]["arrayValue"]["float64Values"] == [pytest.approx(2 / 3), 1.0]
    assert set(result.get_metrics_for_all_slices()) == {(), (("hour", 1),), (("hour", 2),)}
    assert result.get_metrics_for_slice((("hour", 9),)) is None
    slice_key, plots = result.plots[0]
    assert slice_key == ()
    assert set(plots[""][""]) == {"calibrationHistogramBuckets", "confusionMatrixAtThresholds"}


def test_plots_are_read_when_they_are_looked_at(output: Path, tmp_path: Path) -> None:
    result = tfma.load_eval_result(str(output))
    assert result == tfma.load_eval_result(str(output))
    slices = [(), (("hour", 1),), (("hour", 2),)]
    assert [key for key, _ in result.plots] == [each.slice for each in result.plots[:]] == slices
    copied = Path(shutil.copytree(output, tmp_path / "copied"))
    (copied / "plots-00000-of-00001.tfrecord").write_bytes(b"damaged")
    damaged = tfma.load_eval_result(str(copied))
    assert damaged.get_metric_names() == result.get_metric_names()
    with pytest.raises(DataError):
        len(damaged.plots)


def test_both_plots_share_one_entry_without_a_name(output: Path) -> None:
    records = list(tfma.load_plots(str(output)))
    assert [entry.key.name for entry in records[0].plot_keys_and_values] == [""]


def test_dicts_of_messages_equal_those_of_protobuf(output: Path) -> None:
    for record in [*tfma.load_metrics(str(output)), *tfma.load_plots(str(output))]:
        assert message_dict(record) == json_format.MessageToDict(record)
    from gristmill.model_analysis.results.metric_values import metric_value

    for value in (float("nan"), float("-inf"), b"\x00\xff", "text", 3, None):
        assert message_dict(metric_value(value)) == json_format.MessageToDict(metric_value(value))
    nameless = MetricValue()
    nameless.array_value.data_type = 99  # type: ignore[assignment]
    assert message_dict(nameless) == json_format.MessageToDict(nameless) == {"arrayValue": {"dataType": 99}}


def test_frames_have_one_row_per_value_and_keep_slice_values(output: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frames = tfma.dataframe.metrics_as_dataframes(tfma.load_metrics(str(output)))
    assert len(frames.double_value) == 6
    assert frames.double_value["slices", "hour"].tolist() == [None, None, 1, 1, 2, 2]
    assert len(frames.array_value) == 3
    pivoted = tfma.dataframe.auto_pivot(frames.double_value)
    assert pivoted.loc["hour:2", "example_count"] == 3
    assert isinstance(pivoted, pandas.DataFrame)
    plots = tfma.dataframe.plots_as_dataframes(tfma.load_plots(str(output)))
    assert len(plots.confusion_matrix_at_thresholds) == 3000
    assert plots.calibration_histogram_buckets["plot_data", "num_weighted_examples"].sum() == 10


@pytest.mark.parametrize(
    "key",
    [
        MetricKey("auc"),
        MetricKey("auc", "candidate", "head", SubKey(class_id=0), example_weighted=True, is_diff=True),
        MetricKey("loss", example_weighted=None),
        MetricKey("p", sub_key=SubKey(top_k=3), aggregation_type=AggregationType(macro_average=True)),
    ],
)
def test_keys_survive_their_messages(key: MetricKey) -> None:
    assert MetricKey.from_proto(key.to_proto()) == key


def test_sub_keys_have_the_published_texts_and_limits() -> None:
    assert str(SubKey(class_id=1, top_k=3)) == "classId:1 topK:3"
    assert str(SubKey(k=2)) == "k:2"
    with pytest.raises(ConfigError, match="at least 1"):
        SubKey(top_k=0)
    with pytest.raises(ConfigError, match="cannot be combined"):
        SubKey(k=1, class_id=0)


def test_outputs_that_are_disabled_are_not_written(evaluate_columns: Any, tmp_path: Path) -> None:
    evaluate_columns(
        {"label": [0, 1], "prediction": [0.1, 0.7]},
        'metrics_specs { metrics { class_name: "AUC" } } '
        'options { disabled_outputs { values: ["plots", "eval_config", "attributions"] } }',
        output_path=str(tmp_path),
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "metrics-00000-of-00001.tfrecord",
        "validations.tfrecord",
    ]
    with pytest.raises(DataError, match=r"eval_config\.json"):
        tfma.load_eval_result(str(tmp_path))


def test_what_is_not_there_yet_says_so(output: Path, evaluate_columns: Any) -> None:
    with pytest.raises(NotSupportedError, match="parquet"):
        list(tfma.load_metrics(str(output), output_file_format="parquet"))
    with pytest.raises(NotSupportedError, match="confidence intervals"):
        evaluate_columns(
            {"label": [0], "prediction": [0.5]}, "options { compute_confidence_intervals { value: true } }"
        )
