"""Statistics, schemas and anomalies are written and read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from gristmill.data_validation import message_files as files
from gristmill.errors import ConfigError, DataError
from gristmill.io.tfrecord import write_records


@pytest.fixture
def statistics():
    result = statistics_pb2.DatasetFeatureStatisticsList()
    result.datasets.add(name="a", num_examples=3).features.add().path.step.append("x")
    return result


@pytest.mark.parametrize("write", [files.write_stats_text, files.write_stats_binary, files.write_stats_records])
def test_statistics_are_read_whichever_way_they_were_written(write, statistics, tmp_path):
    path = str(tmp_path / "stats")
    write(statistics, path)
    assert files.load_statistics(path) == statistics


def test_a_record_file_of_something_else_is_named_with_its_record(tmp_path):
    write_records(str(tmp_path / "x"), [b"", b"\xff\xff"], compress=True)
    with pytest.raises(DataError, match=r"(?s)not a binary DatasetFeatureStatisticsList.*/x, record 1"):
        files.load_sharded_statistics(input_paths=[str(tmp_path / "x")])
    with pytest.raises(DataError, match="not a binary DatasetFeatureStatisticsList"):
        files.load_statistics(str(tmp_path / "x"))


def test_text_and_binary_have_readers_of_their_own(statistics, tmp_path):
    files.write_stats_text(statistics, str(tmp_path / "t"))
    files.write_stats_binary(statistics, str(tmp_path / "b"))
    assert files.load_stats_text(str(tmp_path / "t")) == files.load_stats_binary(str(tmp_path / "b")) == statistics


def test_sharded_statistics_are_joined_by_dataset(statistics, tmp_path):
    other = statistics_pb2.DatasetFeatureStatisticsList()
    other.datasets.add(name="a", num_examples=3).features.add().path.step.append("y")
    for number, part in enumerate((statistics, other)):
        files.write_stats_records(part, str(tmp_path / f"stats-0000{number}-of-00002.tfrecords"))
    joined = files.load_sharded_statistics(str(tmp_path / "stats"))
    assert [feature.path.step[0] for feature in joined.datasets[0].features] == ["x", "y"]
    with pytest.raises(ConfigError, match="no statistics files"):
        files.load_sharded_statistics(str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="prefix or by their paths"):
        files.load_sharded_statistics()


def test_schema_and_anomalies_survive_text(tmp_path):
    schema = schema_pb2.Schema(default_environment=["A"])
    files.write_schema_text(schema, str(tmp_path / "s"))
    assert files.load_schema_text(str(tmp_path / "s")) == schema
    anomalies = anomalies_pb2.Anomalies(data_missing=True)
    files.write_anomalies_text(anomalies, str(tmp_path / "a"))
    assert files.load_anomalies_text(str(tmp_path / "a")) == anomalies


def test_a_broken_text_names_file_and_line(tmp_path):
    (tmp_path / "s").write_text("feature {\n  nonsense: 1\n}\n")
    with pytest.raises(DataError, match="line 2"):
        files.load_schema_text(str(tmp_path / "s"))
    (tmp_path / "b").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="must be UTF-8 text"):
        files.load_schema_text(str(tmp_path / "b"))
    with pytest.raises(DataError, match="binary"):
        files.load_statistics(str(tmp_path / "b"))


def test_another_message_is_a_type_error(tmp_path):
    with pytest.raises(TypeError, match="expected a Schema"):
        files.write_schema_text(anomalies_pb2.Anomalies(), str(tmp_path / "s"))


def test_a_damaged_record_file_names_its_record_and_an_empty_file_says_that_it_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stats"
    files.write_stats_records(statistics_pb2.DatasetFeatureStatisticsList(datasets=[{"name": "a"}]), str(path))
    path.write_bytes(path.read_bytes() * 2 + b"damage")
    with pytest.raises(DataError, match=r"(?s)cut off.*stats, record 2, byte offset"):
        files.load_statistics(str(path))
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"(?s)holds no statistics.*stats.*Hint: "):
        files.load_statistics(str(path))


MESSAGES = [b'datasets { name: "a" num_examples: 3 }', b"\x0a\x05\x0a\x01a\x10\x03", b"feature { name: 'x' type: INT }"]


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.tuples(st.sampled_from(MESSAGES), st.binary(max_size=8)).map(b"".join))
def test_any_bytes_are_a_message_or_an_error_that_names_the_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    for load in (files.load_statistics, files.load_stats_binary, files.load_schema_text, files.load_anomalies_text):
        try:
            load(str(path))
        except DataError as error:
            place, hint = error.place, error.hint
        else:
            continue
        assert place is not None
        assert place.uri == str(path)
        assert hint
