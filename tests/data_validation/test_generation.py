"""Statistics of files and DataFrames, through the engine."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gristmill.data_validation.generation import (
    generate_statistics,
    generate_statistics_from_csv,
    generate_statistics_from_dataframe,
    generate_statistics_from_tfrecord,
)
from gristmill.data_validation.message_files import load_statistics
from gristmill.data_validation.statistics_lookup import get_feature_stats
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.engine.local import LocalEngine
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.io.example_codec import encode_examples
from gristmill.io.examples import ExamplesSink, file_shards
from gristmill.io.tfrecord import write_records


@pytest.fixture
def records(tmp_path):
    batch = pa.record_batch({"a": pa.array([[1], [2, 3], None]), "s": pa.array([[b"x"], [b"y"], [b"x"]])})
    path = str(tmp_path / "data.gz")
    write_records(path, encode_examples(batch).to_pylist(), compress=True)
    return path


def test_record_files_are_described(records, tmp_path):
    output = str(tmp_path / "out")
    result = generate_statistics_from_tfrecord(records, output_path=output)
    common = get_feature_stats(result.datasets[0], "a").num_stats.common_stats
    assert (common.num_non_missing, common.num_missing, common.tot_num_values) == (2, 1, 3)
    assert load_statistics(output) == result


def test_only_allowed_features_and_weights_are_read(records):
    options = StatsOptions(feature_allowlist=["s"])
    result = generate_statistics(file_shards([records]), options, engine=LocalEngine(1))
    assert [feature.path.step[0] for feature in result.datasets[0].features] == ["s"]


def test_an_empty_csv_field_is_a_missing_feature(tmp_path):
    (tmp_path / "1.csv").write_text("n,s\n1,a\n,b\n")
    (tmp_path / "2.csv").write_text("n,s\n3,\n")
    dataset = generate_statistics_from_csv(str(tmp_path / "*.csv")).datasets[0]
    assert dataset.num_examples == 3
    assert get_feature_stats(dataset, "n").num_stats.common_stats.num_missing == 1
    assert get_feature_stats(dataset, "s").string_stats.common_stats.num_missing == 1


def test_a_csv_file_may_come_without_a_header(tmp_path):
    (tmp_path / "1.csv").write_text("1;a\n2;b\n")
    dataset = generate_statistics_from_csv(str(tmp_path / "1.csv"), ["n", "s"], delimiter=";").datasets[0]
    assert dataset.num_examples == 2
    assert get_feature_stats(dataset, "s").string_stats.unique == 2


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="No file matches"):
        generate_statistics_from_csv(str(tmp_path / "*.csv"))
    with pytest.raises(NotSupportedError, match="Compressed"):
        generate_statistics_from_csv("x.csv.gz", compression_type="gzip")
    with pytest.raises(NotSupportedError, match="Beam"):
        generate_statistics_from_tfrecord("x", pipeline_options=object())


def test_a_dataframe_is_described_column_by_column():
    frame = pd.DataFrame(
        {
            "flag": [True, False, True],
            "real": [1.0, np.nan, 3.0],
            "word": ["a", None, "b"],
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-02"]),
            "lists": [[1, 2], [], None],
        }
    )
    dataset = generate_statistics_from_dataframe(frame, n_jobs=-1).datasets[0]
    assert get_feature_stats(dataset, "flag").num_stats.mean == pytest.approx(2 / 3)
    for name in ("real", "word", "when", "lists"):
        feature = get_feature_stats(dataset, name)
        stats = getattr(feature, feature.WhichOneof("stats"))
        assert stats.common_stats.num_missing == 1


def test_a_dataframe_that_mixes_types_and_bad_arguments_are_refused():
    with pytest.raises(DataError, match="one type"):
        generate_statistics_from_dataframe(pd.DataFrame({"f": [1, "a"]}))
    with pytest.raises(ConfigError, match="n_jobs"):
        generate_statistics_from_dataframe(pd.DataFrame(), n_jobs=0)
    with pytest.raises(TypeError, match="DataFrame"):
        generate_statistics_from_dataframe([1])


@pytest.mark.parametrize("labels", [["a", "a"], [1, "1"]])
def test_columns_of_a_dataframe_that_read_the_same_are_refused(labels):
    with pytest.raises(DataError, match="a name of its own"):
        generate_statistics_from_dataframe(pd.DataFrame([[1, 2]], columns=labels))


@pytest.mark.parametrize("values", [[2**70, 1], [1j, 2.0]])
def test_values_of_a_dataframe_that_no_feature_can_hold_are_named(values):
    with pytest.raises(DataError, match=r"(?s)column 'f'.*Hint: cast it first"):
        generate_statistics_from_dataframe(pd.DataFrame({"f": values}))


def test_a_dataframe_without_columns_has_its_rows():
    dataset = generate_statistics_from_dataframe(pd.DataFrame(index=range(3))).datasets[0]
    assert (dataset.num_examples, len(dataset.features)) == (3, 0)


def test_a_dataframe_of_several_blocks_is_counted_once():
    frame = pd.DataFrame({"i": np.arange(150_000), "c": pd.Categorical(["x", None, "y"] * 50_000)})
    dataset = generate_statistics_from_dataframe(frame, n_jobs=2).datasets[0]
    assert get_feature_stats(dataset, "i").num_stats.mean == pytest.approx(74_999.5)
    assert get_feature_stats(dataset, "c").string_stats.common_stats.num_missing == 50_000


def test_only_absent_features_still_count_the_rows(tmp_path):
    sink = ExamplesSink({"all": str(tmp_path)}, prefix="x", file_format="parquet")
    sink.append("all", sink.encode("all", pa.record_batch({"a": pa.array([[1], [2]])})), 2)
    options = StatsOptions(feature_allowlist=["absent"])
    dataset = generate_statistics(sink.finish()["all"], options).datasets[0]
    assert dataset.num_examples == 2
    assert get_feature_stats(dataset, "absent").string_stats.common_stats.num_missing == 2


def test_a_column_that_one_value_makes_wider_is_logged_with_the_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "x.csv").write_text("n\n1\n2\nn/a\n")
    generate_statistics_from_csv(str(tmp_path / "x.csv"))
    [logged] = caplog.messages
    assert logged.startswith("column 'n' is text because of ")
    assert logged.endswith("x.csv, line 4, column 'n': 'n/a'")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for generate in (generate_statistics_from_csv, generate_statistics_from_tfrecord):
        for name, told in (("pipe", "a pipe"), ("gone", "No such file")):
            with pytest.raises(DataError, match=rf"(?s)must be there and readable: .*{told}.*{name}.*Hint: "):
                generate(str(tmp_path / name))
