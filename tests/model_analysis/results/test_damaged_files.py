"""Damaged files of an evaluation give right messages, or an error that names the file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gristmill.model_analysis as tfma
from gristmill.errors import ConfigError, DataError
from gristmill.io.tfrecord import read_records, write_records
from gristmill.proto.metrics_for_slice_pb2 import AttributionsForSlice, MetricsForSlice

CONFIG = """
slicing_specs {} slicing_specs { feature_keys: "hour" }
metrics_specs {
  metrics { class_name: "ExampleCount" threshold { value_threshold { lower_bound { value: 9 } } } }
  metrics { class_name: "AUC" } metrics { class_name: "ConfusionMatrixPlot" } metrics { class_name: "CalibrationPlot" }
}
"""
RARE = """
cross_slice_key { baseline_slice_key {} comparison_slice_key { single_slice_keys { column: "x" float_value: 0.5 } } }
metric_keys_and_values {
  key { name: "auc" sub_key { top_k { value: 2 } } aggregation_type { micro_average: true } is_diff: true }
  value { bounded_value { value { value: 0.5 } lower_bound { value: 0.25 } methodology: POISSON_BOOTSTRAP } }
}
metric_keys_and_values { key { name: "words" } value { array_value { data_type: BYTES bytes_values: "a" } } }
"""
METRICS, PLOTS, VALIDATIONS = "metrics-00000-of-00001.tfrecord", "plots-00000-of-00001.tfrecord", "validations.tfrecord"
ATTRIBUTIONS, EVAL_CONFIG = "attributions-00000-of-00001.tfrecord", "eval_config.json"
NAMES = st.sampled_from([METRICS, PLOTS, VALIDATIONS, ATTRIBUTIONS])
PLACES = st.floats(0, 1, exclude_max=True)


@pytest.fixture(scope="module")
def sound(evaluate_columns: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound")
    columns = {"label": [0, 1, 1, 0, 1], "prediction": [0.1, 0.7, 0.4, 0.5, 0.9], "hour": [1, 1, 2, 2, 2]}
    evaluate_columns(columns, CONFIG, output_path=str(path))
    attributions = AttributionsForSlice()
    attributions.attributions_keys_and_values.add(key={"name": "mean"}).values["miles"].double_value.value = 0.5
    write_records(str(path / ATTRIBUTIONS), [attributions.SerializeToString()], compress=False)
    metrics = [*read_records(str(path / METRICS)), text_format.Parse(RARE, MetricsForSlice()).SerializeToString()]
    write_records(str(path / METRICS), metrics, compress=False)
    return path


def look_at_everything(output: Path) -> None:
    result = tfma.load_eval_result(str(output))
    assert all(isinstance(name, str) for name in result.get_metric_names())
    for read in (result.plots, result.slicing_metrics, result.attributions):
        list(read)
    tfma.load_validation_result(str(output))


def fault_of(output: Path) -> DataError | ConfigError | None:
    try:
        look_at_everything(output)
    except DataError as error:
        return error
    except ConfigError as error:  # the configuration names another model than the figures are of
        return error
    return None


def check(sound: Path, name: str, damage: Callable[[Path], None]) -> None:
    output = sound.with_name(f"{sound.name}-damaged")
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(sound, output)
    damage(output / name)
    error = fault_of(output)
    if error is not None:
        assert error.hint
        assert str(output) in str(error.place) or isinstance(error, ConfigError)


def changed(content: bytes, place: float, instead: bytes, removed: int) -> bytes:
    start = int(place * len(content))
    return content[:start] + instead + content[start + removed :]


def test_a_sound_evaluation_is_read(sound: Path) -> None:
    look_at_everything(sound)


@settings(max_examples=60)
@given(name=NAMES | st.just(EVAL_CONFIG), place=PLACES, instead=st.binary(max_size=4), removed=st.integers(0, 400))
@example(name=EVAL_CONFIG, place=0.5, instead=b"\xff", removed=1)
@example(name=EVAL_CONFIG, place=0.0, instead=b"[" * 5000, removed=0)
@example(name=METRICS, place=0.0, instead=b"", removed=10**6)
@example(name=VALIDATIONS, place=0.0, instead=b"", removed=10**6)
def test_changed_bytes_of_a_file(sound: Path, name: str, place: float, instead: bytes, removed: int) -> None:
    def damage(file: Path) -> None:
        file.write_bytes(changed(file.read_bytes(), place, instead, removed))

    check(sound, name, damage)


@settings(max_examples=300)
@given(name=NAMES, place=PLACES, instead=st.binary(max_size=4), removed=st.integers(0, 8))
def test_changed_bytes_of_messages_whose_checksums_hold(
    sound: Path, name: str, place: float, instead: bytes, removed: int
) -> None:
    def damage(file: Path) -> None:
        records = list(read_records(str(file)))
        write_records(str(file), [changed(record, place, instead, removed) for record in records], compress=False)

    check(sound, name, damage)
