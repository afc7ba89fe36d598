"""ExampleValidator: what contradicts the schema, told for each split."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2

import gristmill.data_validation as tfdv
from gristmill.components import ExampleValidator
from gristmill.dsl.standard_artifacts import ExampleStatistics, Schema

from .journeys import Chain, Executed, channel_of, execute, stored


def validator(raw: Chain, **options: object) -> ExampleValidator:
    return ExampleValidator(channel_of(raw.statistics), channel_of(raw.schema), **options)  # type: ignore[arg-type]


def anomalies(made: Executed, split: str) -> anomalies_pb2.Anomalies:
    content = made.path("anomalies", f"Split-{split}", "SchemaDiff.pb").read_bytes()
    return anomalies_pb2.Anomalies.FromString(content)


def test_data_that_fits_is_blessed(raw: Chain, tmp_path: Path) -> None:
    made = execute(validator(raw), tmp_path, statistics=raw.statistics, schema=raw.schema)
    assert made.summary == ["no anomalies"]
    assert not anomalies(made, "train").anomaly_info
    assert made["anomalies"].get_json_value_custom_property("blessed") == {"train": 1, "eval": 1}
    assert made["anomalies"].splits == ["train", "eval"]


def test_anomalies_are_written_and_named_and_do_not_fail(raw: Chain, tmp_path: Path) -> None:
    schema = tfdv.load_schema_text(f"{raw.schema.uri}/schema.pbtxt")
    del tfdv.get_domain(schema, "kind").value[:]
    tfdv.get_domain(schema, "kind").value.append("bus")
    (tmp_path / "schema").mkdir()
    tfdv.write_schema_text(schema, str(tmp_path / "schema" / "schema.pbtxt"))
    strict = stored(Schema, tmp_path / "schema")
    made = execute(validator(raw, exclude_splits=["eval"]), tmp_path, statistics=raw.statistics, schema=strict)
    assert list(anomalies(made, "train").anomaly_info) == ["kind"]
    assert made.summary == ["anomalies in train: kind"]
    assert made["anomalies"].get_json_value_custom_property("blessed") == {"train": 0}


@pytest.mark.shared
def test_the_taxi_anomalies_are_the_reference(shared: Path, tmp_path: Path) -> None:
    reference = shared / "reference" / "taxi"
    for split in ("train", "eval"):
        (tmp_path / f"Split-{split}").mkdir()
        statistics = tfdv.load_stats_text(str(reference / f"stats_{split}.pbtxt"))
        (tmp_path / f"Split-{split}" / "FeatureStats.pb").write_bytes(statistics.SerializeToString())
    artifact = stored(ExampleStatistics, tmp_path)
    artifact.splits = ["train", "eval"]
    schema = stored(Schema, reference)
    component = ExampleValidator(channel_of(artifact), channel_of(schema))
    made = execute(component, tmp_path, statistics=artifact, schema=schema)
    for split in ("train", "eval"):
        text = (reference / f"anomalies_{split}.pbtxt").read_text()
        expected = text_format.Parse(text, anomalies_pb2.Anomalies())
        assert dict(anomalies(made, split).anomaly_info) == dict(expected.anomaly_info)
