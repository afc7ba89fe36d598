"""CsvExampleGen: which rows go where, how columns are read, what is recorded."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gristmill.components import CsvExampleGen
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.io.csv import ColumnType, CsvOptions
from gristmill.proto import Input, Output, RangeConfig, SplitConfig, StaticRange, example_gen_pb2

from .journeys import JOURNEY_COLUMNS, Executed, execute, journeys, rows_of, write_csv


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_csv(tmp_path / "data" / "journeys.csv", JOURNEY_COLUMNS, journeys())
    return tmp_path / "data"


def numbers(made: Executed, split: str) -> list[int]:
    return [row["number"] for row in rows_of(made["examples"], split)]


def test_rows_are_dealt_out_two_to_one_by_default(data: Path, tmp_path: Path) -> None:
    made = execute(CsvExampleGen(str(data)), tmp_path)
    examples = made["examples"]
    assert examples.splits == ["train", "eval"]
    assert sorted(numbers(made, "train") + numbers(made, "eval")) == list(range(240))
    assert 1.4 < len(numbers(made, "train")) / len(numbers(made, "eval")) < 2.9
    assert [path.name for path in made.path("examples", "Split-train").iterdir()] == ["data_tfrecord-00000-of-00001.gz"]
    assert made.summary[0].startswith("240 rows → train ")


def test_what_is_recorded_about_the_examples(data: Path, tmp_path: Path) -> None:
    examples = execute(CsvExampleGen(str(data)), tmp_path)["examples"]
    assert examples.get_string_custom_property("payload_format") == "FORMAT_TF_EXAMPLE"
    assert examples.get_string_custom_property("file_format") == "tfrecords_gzip"
    assert examples.get_string_custom_property("input_fingerprint").startswith("split:single_split,num_files:1,")
    assert (examples.span, examples.get_int_custom_property("span")) == (0, 0)
    assert not examples.has_custom_property("version")


def test_a_row_stays_in_its_split_whatever_its_place_or_file(data: Path, tmp_path: Path) -> None:
    before = execute(CsvExampleGen(str(data)), tmp_path)
    rows = journeys()
    random.Random(1).shuffle(rows)
    write_csv(tmp_path / "again" / "a.csv", JOURNEY_COLUMNS, rows[:50])
    write_csv(tmp_path / "again" / "b.csv", JOURNEY_COLUMNS, rows[50:])
    after = execute(CsvExampleGen(str(tmp_path / "again")), tmp_path)
    assert sorted(numbers(after, "eval")) == sorted(numbers(before, "eval"))


def test_output_config_names_the_splits_and_their_shares(data: Path, tmp_path: Path) -> None:
    splits = [SplitConfig.Split(name=name, hash_buckets=buckets) for name, buckets in (("a", 1), ("b", 1), ("c", 8))]
    made = execute(CsvExampleGen(str(data), output_config=Output(split_config=SplitConfig(splits=splits))), tmp_path)
    assert made["examples"].splits == ["a", "b", "c"]
    assert sum(len(numbers(made, split)) for split in "abc") == 240
    assert len(numbers(made, "c")) > len(numbers(made, "a")) + len(numbers(made, "b"))


def test_a_partition_feature_keeps_its_values_together(data: Path, tmp_path: Path) -> None:
    config = {"split_config": {"partition_feature_name": "kind"}}
    made = execute(CsvExampleGen(str(data), output_config=config), tmp_path)
    of_split = [{row["kind"] for row in rows_of(made["examples"], split)} for split in ("train", "eval")]
    assert not of_split[0] & of_split[1]


def test_a_partition_feature_of_fractions_is_refused(data: Path, tmp_path: Path) -> None:
    config = {"split_config": {"partition_feature_name": "distance"}}
    with pytest.raises(DataError, match="bytes or int64"):
        execute(CsvExampleGen(str(data), output_config=config), tmp_path)


def test_input_splits_pass_through_by_name(tmp_path: Path) -> None:
    write_csv(tmp_path / "data" / "old" / "a.csv", JOURNEY_COLUMNS, journeys(20))
    write_csv(tmp_path / "data" / "new" / "b.csv", JOURNEY_COLUMNS, journeys(30))
    inputs = Input(splits=[{"name": "past", "pattern": "old/*"}, {"name": "now", "pattern": "new/*.csv"}])
    made = execute(CsvExampleGen(str(tmp_path / "data"), input_config=inputs), tmp_path)
    assert made["examples"].splits == ["past", "now"]
    assert (len(numbers(made, "past")), len(numbers(made, "now"))) == (20, 30)


def test_input_splits_and_output_splits_exclude_each_other() -> None:
    inputs = {"splits": [{"name": "a", "pattern": "a/*"}, {"name": "b", "pattern": "b/*"}]}
    with pytest.raises(ConfigError, match="one input split"):
        CsvExampleGen("data", input_config=inputs, output_config={"split_config": {"splits": [{"name": "x"}]}})


def test_a_split_without_files_is_an_error(data: Path, tmp_path: Path) -> None:
    component = CsvExampleGen(str(data), input_config={"splits": [{"name": "a", "pattern": "missing/*"}]})
    with pytest.raises(DataError, match="none matches"):
        execute(component, tmp_path)


def test_the_newest_span_and_version_are_read_unless_another_is_named(tmp_path: Path) -> None:
    for folder, rows in (("day-1/v1", 5), ("day-9/v1", 6), ("day-10/v1", 7), ("day-10/v2", 8)):
        write_csv(tmp_path / "data" / folder / "rows.csv", JOURNEY_COLUMNS, journeys(rows))
    inputs = {"splits": [{"name": "all", "pattern": "day-{SPAN}/v{VERSION}/*"}]}
    outputs = {"split_config": {"splits": [{"name": "all", "hash_buckets": 1}]}}
    made = execute(CsvExampleGen(str(tmp_path / "data"), inputs, outputs), tmp_path)
    examples = made["examples"]
    assert (examples.span, examples.version, len(numbers(made, "all"))) == (10, 2, 8)
    one = RangeConfig(static_range=StaticRange(start_span_number=9, end_span_number=9))
    named = execute(CsvExampleGen(str(tmp_path / "data"), inputs, outputs, one), tmp_path)
    assert (named["examples"].span, named["examples"].version, len(numbers(named, "all"))) == (9, 1, 6)


def test_parquet_holds_the_same_rows(data: Path, tmp_path: Path) -> None:
    records = execute(CsvExampleGen(str(data)), tmp_path)
    parquet = execute(CsvExampleGen(str(data), output_file_format=example_gen_pb2.FILE_FORMAT_PARQUET), tmp_path)
    assert [path.name for path in parquet.path("examples", "Split-eval").iterdir()] == [
        "data_parquet-00000-of-00001.parquet"
    ]
    assert parquet["examples"].get_string_custom_property("file_format") == "parquet"
    assert rows_of(parquet["examples"], "eval") == rows_of(records["examples"], "eval")


def test_an_empty_field_is_a_feature_without_values(tmp_path: Path) -> None:
    write_csv(tmp_path / "data" / "a.csv", ["x", "y", "never"], [[1, "a", ""], ["", "b", ""]])
    config = {"split_config": {"splits": [{"name": "all", "hash_buckets": 1}]}}
    rows = rows_of(execute(CsvExampleGen(str(tmp_path / "data"), output_config=config), tmp_path)["examples"], "all")
    assert [row["x"] for row in rows] == [1, []]
    assert not any(row.get("never") for row in rows)


def test_a_column_of_numbers_that_turns_into_text_is_reported_with_its_place(tmp_path: Path) -> None:
    write_csv(tmp_path / "data" / "a.csv", ["x"], [[1], [2], ["n/a"], [4]])
    made = execute(CsvExampleGen(str(tmp_path / "data")), tmp_path)
    [note] = made.summary[1:]
    assert "'x' is text because of" in note
    assert "line 4" in note
    assert "'n/a'" in note


def test_csv_options_reach_the_reader(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1;n/a\n2;007\n")
    options = CsvOptions(
        delimiter=";", column_names=["x", "code"], null_values=["n/a"], column_types={"code": ColumnType.STRING}
    )
    config = {"split_config": {"splits": [{"name": "all", "hash_buckets": 1}]}}
    component = CsvExampleGen(str(tmp_path / "data"), output_config=config, csv_options=options)
    rows = rows_of(execute(component, tmp_path)["examples"], "all")
    assert rows == [{"x": 1, "code": []}, {"x": 2, "code": b"007"}]


def test_the_files_that_are_read_are_the_external_inputs(data: Path) -> None:
    component = CsvExampleGen(str(data))
    assert component.executor_spec.executor_class.external_inputs(component.exec_properties) == [
        str(data / "journeys.csv")
    ]


def test_input_base_is_needed() -> None:
    with pytest.raises(ConfigError, match="needs input_base"):
        CsvExampleGen()


def test_other_file_formats_are_refused() -> None:
    with pytest.raises(NotSupportedError, match=r"tf\.Example records or as Parquet"):
        CsvExampleGen("data", output_file_format=99)
