"""StatisticsGen: statistics of each split."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

import gristmill.data_validation as tfdv
from gristmill.components import CsvExampleGen, StatisticsGen
from gristmill.errors import ConfigError
from gristmill.io.examples import split_shards

from .journeys import Chain, Executed, channel_of, execute, rows_of


def statistics(made: Executed, split: str) -> statistics_pb2.DatasetFeatureStatistics:
    [dataset] = tfdv.load_stats_binary(str(made.path("statistics", f"Split-{split}", "FeatureStats.pb"))).datasets
    return dataset


def test_each_split_gets_its_statistics(raw: Chain, tmp_path: Path) -> None:
    made = execute(StatisticsGen(channel_of(raw.examples)), tmp_path, examples=raw.examples)
    assert made["statistics"].splits == ["train", "eval"]
    for split in ("train", "eval"):
        assert statistics(made, split).num_examples == len(rows_of(raw.examples, split))
    assert {feature.path.step[0] for feature in statistics(made, "eval").features} == {
        "number", "distance", "kind", "seats", "by_train"
    }  # fmt: skip
    assert made.summary == ["5 features × 2 splits"]


def test_excluded_splits_are_left_out(raw: Chain, tmp_path: Path) -> None:
    component = StatisticsGen(channel_of(raw.examples), exclude_splits=["eval"])
    made = execute(component, tmp_path, examples=raw.examples)
    assert made["statistics"].splits == ["train"]
    assert [entry.name for entry in made.path("statistics").iterdir()] == ["Split-train"]


@pytest.mark.parametrize(("excluded", "rule"), [(["evall"], "must exist"), (["train", "eval"], "at least one split")])
def test_what_is_excluded_must_exist_and_leave_something(
    raw: Chain, tmp_path: Path, excluded: list[str], rule: str
) -> None:
    with pytest.raises(ConfigError, match=rule):
        execute(StatisticsGen(channel_of(raw.examples), exclude_splits=excluded), tmp_path, examples=raw.examples)


def test_options_are_honoured(raw: Chain, tmp_path: Path) -> None:
    options = tfdv.StatsOptions(feature_allowlist=["kind"], num_top_values=2)
    component = StatisticsGen(channel_of(raw.examples), stats_options=options)
    [kind] = statistics(execute(component, tmp_path, examples=raw.examples), "train").features
    assert len(kind.string_stats.top_values) == 2


def test_a_schema_says_which_numbers_are_categories(raw: Chain, tmp_path: Path) -> None:
    schema = tfdv.load_schema_text(f"{raw.schema.uri}/schema.pbtxt")
    tfdv.get_feature(schema, "seats").int_domain.is_categorical = True
    (tmp_path / "schema").mkdir()
    tfdv.write_schema_text(schema, str(tmp_path / "schema" / "schema.pbtxt"))
    given = type(raw.schema)()
    given.uri = str(tmp_path / "schema")
    component = StatisticsGen(channel_of(raw.examples), schema=channel_of(given))
    made = execute(component, tmp_path, examples=raw.examples, schema=given)
    [seats] = [feature for feature in statistics(made, "train").features if feature.path.step[0] == "seats"]
    assert seats.string_stats.unique == 5


def test_two_schemas_are_one_too_many(raw: Chain, tmp_path: Path) -> None:
    options = tfdv.StatsOptions(schema=schema_pb2.Schema())
    component = StatisticsGen(channel_of(raw.examples), schema=channel_of(raw.schema), stats_options=options)
    with pytest.raises(ConfigError, match="not from both"):
        execute(component, tmp_path, examples=raw.examples, schema=raw.schema)


def test_several_artifacts_are_refused_with_a_hint(raw: Chain, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="takes one artifact"):
        execute(StatisticsGen(channel_of(raw.examples)), tmp_path, examples=[raw.examples, raw.examples])


@pytest.mark.shared
def test_the_taxi_statistics_are_those_of_the_reference(shared: Path, tmp_path: Path) -> None:
    """Over all rows: which row is in which split is not the same in the two implementations."""
    examples = execute(CsvExampleGen(str(shared / "data" / "chicago_taxi_big_tipper")), tmp_path)["examples"]
    shards = [shard for split in ("train", "eval") for shard in split_shards(examples.uri, split)]
    ours = tfdv.generate_statistics(shards).datasets[0]
    references = [
        tfdv.load_stats_text(str(shared / "reference" / "taxi" / f"stats_{split}.pbtxt")).datasets[0]
        for split in ("train", "eval")
    ]
    assert ours.num_examples == sum(reference.num_examples for reference in references)
    for feature in ours.features:
        parts = [next(each for each in reference.features if each.path == feature.path) for reference in references]
        assert {part.type for part in parts} == {feature.type}
        common = [
            part.num_stats.common_stats if part.HasField("num_stats") else part.string_stats.common_stats
            for part in parts
        ]
        found = feature.num_stats.common_stats if feature.HasField("num_stats") else feature.string_stats.common_stats
        assert found.num_non_missing == sum(each.num_non_missing for each in common)
        if feature.HasField("num_stats") and found.num_non_missing:
            known = [part.num_stats for part, each in zip(parts, common, strict=True) if each.num_non_missing]
            assert feature.num_stats.max == max(each.max for each in known)
            assert feature.num_stats.num_zeros == sum(each.num_zeros for each in known)
