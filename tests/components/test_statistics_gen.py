"""StatisticsGen: statistics of each split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

import gristmill.data_validation as tfdv
from gristmill.components import CsvExampleGen, StatisticsGen
from gristmill.errors import ConfigError

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
def test_the_taxi_statistics_of_each_split_are_those_of_tfx(shared: Path, tmp_path: Path) -> None:
    """The rows of each split are the same as well: the rule that deals them out is."""
    examples = execute(CsvExampleGen(str(shared / "data" / "chicago_taxi_big_tipper")), tmp_path)["examples"]
    made = execute(StatisticsGen(channel_of(examples)), tmp_path, examples=examples)
    for split in ("train", "eval"):
        ours = statistics(made, split)
        [theirs] = tfdv.load_stats_text(str(shared / "reference" / "taxi" / f"stats_{split}.pbtxt")).datasets
        assert ours.num_examples == theirs.num_examples
        assert by_name(ours).keys() == by_name(theirs).keys()
        for name, expected in by_name(theirs).items():
            assert figures(by_name(ours)[name]) == pytest.approx(figures(expected), rel=1e-6), name


def by_name(
    dataset: statistics_pb2.DatasetFeatureStatistics,
) -> dict[str, statistics_pb2.FeatureNameStatistics]:
    return {feature.path.step[0]: feature for feature in dataset.features}


def figures(feature: statistics_pb2.FeatureNameStatistics) -> dict[str, float]:
    """The exact figures of a feature: those that no sketch rounds."""
    stats: Any = getattr(feature, str(feature.WhichOneof("stats")))
    found = {"type": feature.type}
    for message, names in (
        (stats.common_stats, ("num_non_missing", "num_missing", "min_num_values", "max_num_values", "avg_num_values")),
        (stats, ("mean", "std_dev", "num_zeros", "min", "max", "unique", "avg_length")),
    ):
        found.update({name: getattr(message, name) for name in names if hasattr(message, name)})
    if feature.HasField("string_stats"):
        found.update({value.value: value.frequency for value in stats.top_values})
    return found
