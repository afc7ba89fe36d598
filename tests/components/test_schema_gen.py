"""SchemaGen and ImportSchemaGen: the schema, inferred or kept by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.data_validation as tfdv
from gristmill.components import ImportSchemaGen, SchemaGen
from gristmill.dsl.standard_artifacts import ExampleStatistics
from gristmill.errors import GristmillError

from .journeys import Chain, Executed, channel_of, execute, stored


def schema_of(made: Executed) -> schema_pb2.Schema:
    return tfdv.load_schema_text(str(made.path("schema", "schema.pbtxt")))


def test_a_fixed_number_of_values_gives_a_shape_unless_told_otherwise(raw: Chain, tmp_path: Path) -> None:
    shaped = schema_of(execute(SchemaGen(channel_of(raw.statistics)), tmp_path, statistics=raw.statistics))
    component = SchemaGen(channel_of(raw.statistics), infer_feature_shape=False)
    free = schema_of(execute(component, tmp_path, statistics=raw.statistics))
    assert tfdv.get_feature(shaped, "kind").HasField("shape")
    assert not tfdv.get_feature(free, "kind").HasField("shape")
    assert tfdv.get_feature(free, "kind").HasField("value_count")


def test_each_further_split_widens_the_schema(raw: Chain, tmp_path: Path) -> None:
    for split, kinds in (("train", ["bus"]), ("eval", ["bus", "tram"])):
        (tmp_path / "statistics" / f"Split-{split}").mkdir(parents=True)
        statistics = tfdv.load_stats_binary(f"{raw.statistics.uri}/Split-{split}/FeatureStats.pb")
        [kind] = [each for each in statistics.datasets[0].features if each.path.step[0] == "kind"]
        del kind.string_stats.rank_histogram.buckets[len(kinds) :]
        for bucket, name in zip(kind.string_stats.rank_histogram.buckets, kinds, strict=True):
            bucket.label = name
        kind.string_stats.unique = len(kinds)
        target = tmp_path / "statistics" / f"Split-{split}" / "FeatureStats.pb"
        target.write_bytes(statistics.SerializeToString())
    artifact = stored(ExampleStatistics, tmp_path / "statistics")
    artifact.splits = ["train", "eval"]
    both = schema_of(execute(SchemaGen(channel_of(artifact)), tmp_path, statistics=artifact))
    one = schema_of(execute(SchemaGen(channel_of(artifact), exclude_splits=["eval"]), tmp_path, statistics=artifact))
    assert list(tfdv.get_domain(one, "kind").value) == ["bus"]
    assert sorted(tfdv.get_domain(both, "kind").value) == ["bus", "tram"]


@pytest.mark.shared
def test_the_taxi_schema_is_the_reference(shared: Path, tmp_path: Path) -> None:
    reference = shared / "reference" / "taxi"
    for split in ("train", "eval"):
        (tmp_path / "statistics" / f"Split-{split}").mkdir(parents=True)
        statistics = tfdv.load_stats_text(str(reference / f"stats_{split}.pbtxt"))
        (tmp_path / "statistics" / f"Split-{split}" / "FeatureStats.pb").write_bytes(statistics.SerializeToString())
    artifact = stored(ExampleStatistics, tmp_path / "statistics")
    artifact.splits = ["train", "eval"]
    ours = schema_of(execute(SchemaGen(channel_of(artifact), infer_feature_shape=False), tmp_path, statistics=artifact))
    assert ours == text_format.Parse((reference / "schema.pbtxt").read_text(), schema_pb2.Schema())


def test_an_imported_schema_is_copied_byte_for_byte(tmp_path: Path) -> None:
    text = '# Kept by hand.\nfeature { name: "x"  type: INT }\n'
    (tmp_path / "kept.pbtxt").write_text(text)
    component = ImportSchemaGen(str(tmp_path / "kept.pbtxt"))
    made = execute(component, tmp_path)
    assert made.path("schema", "schema.pbtxt").read_text() == text
    assert made.summary == [f"1 features from {tmp_path / 'kept.pbtxt'}"]
    assert component.executor_spec.executor_class.external_inputs(component.exec_properties) == [
        str(tmp_path / "kept.pbtxt")
    ]


def test_a_file_that_is_no_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kept.pbtxt").write_text("feature { nam: }")
    with pytest.raises((GristmillError, text_format.ParseError)):
        execute(ImportSchemaGen(str(tmp_path / "kept.pbtxt")), tmp_path)
