"""Importers, resolvers and their strategies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import Channel
from gristmill.dsl.importer import Importer
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.resolver import Resolver
from gristmill.dsl.standard_artifacts import Examples, Model, ModelBlessing
from gristmill.dsl.strategies import (
    LatestArtifactStrategy,
    LatestBlessedModelStrategy,
    ResolverStrategy,
    SpanRangeStrategy,
)
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.metadata import MetadataStore
from gristmill.proto.range_config_pb2 import RangeConfig, RollingRange, StaticRange


@pytest.fixture(scope="module")
def store() -> MetadataStore:
    return MetadataStore("sqlite://")


def artifact(cls: type[Artifact], number: int, **custom: Any) -> Artifact:
    made = cls()
    made.id = number
    for key, value in custom.items():
        made.set_int_custom_property(key, value)
    return made


def ids(chosen: dict[str, list[Artifact]] | None) -> dict[str, list[int]] | None:
    return None if chosen is None else {key: [a.id for a in artifacts] for key, artifacts in chosen.items()}


def test_the_latest_artifacts_are_those_with_the_highest_ids(store: MetadataStore) -> None:
    models = [artifact(Model, 2), artifact(Model, 5), artifact(Model, 3)]
    assert ids(LatestArtifactStrategy().resolve_artifacts(store, {"m": models})) == {"m": [5]}
    assert ids(LatestArtifactStrategy(2).resolve_artifacts(store, {"m": models})) == {"m": [5, 3]}
    assert LatestArtifactStrategy().resolve_artifacts(store, {"m": models, "n": []}) is None
    with pytest.raises(ConfigError, match="at least 1"):
        LatestArtifactStrategy(0)


def test_the_latest_blessed_model_comes_with_its_newest_blessing(store: MetadataStore) -> None:
    models = [artifact(Model, 1), artifact(Model, 2), artifact(Model, 3)]
    blessings = [
        artifact(ModelBlessing, 10, blessed=1, current_model_id=1),
        artifact(ModelBlessing, 11, blessed=1, current_model_id=2),
        artifact(ModelBlessing, 12, blessed=1, current_model_id=2),
        artifact(ModelBlessing, 13, blessed=0, current_model_id=3),
    ]
    strategy = LatestBlessedModelStrategy()
    assert ids(strategy.resolve_artifacts(store, {"b": blessings, "m": models})) == {"b": [12], "m": [2]}


def test_without_a_blessed_model_the_run_goes_on_with_empty_inputs(store: MetadataStore) -> None:
    strategy = LatestBlessedModelStrategy()
    unblessed = [artifact(ModelBlessing, 9, blessed=0, current_model_id=1)]
    for given in (
        {"m": [], "b": []},
        {"m": [artifact(Model, 1)], "b": []},
        {"m": [artifact(Model, 1)], "b": unblessed},
    ):
        assert strategy.resolve_artifacts(store, given) == {"m": [], "b": []}


def test_the_latest_blessed_model_needs_one_channel_of_each(store: MetadataStore) -> None:
    strategy = LatestBlessedModelStrategy()
    for given in (
        {"m": [artifact(Model, 1)]},
        {"m": [artifact(Model, 1)], "n": [artifact(Model, 1)]},
        {"m": [artifact(Model, 1)], "e": [artifact(Examples, 1)]},
    ):
        with pytest.raises(ConfigError, match="one channel of Model and one of ModelBlessing"):
            strategy.resolve_artifacts(store, given)


def spans(*numbers: int) -> list[Artifact]:
    return [artifact(Examples, index + 1, span=span) for index, span in enumerate(numbers)]


@pytest.mark.parametrize(
    ("config", "chosen"),
    [
        (RangeConfig(static_range=StaticRange(start_span_number=2, end_span_number=3)), [3, 1]),
        (RangeConfig(rolling_range=RollingRange(num_spans=2)), [2, 3]),
        (RangeConfig(rolling_range=RollingRange(num_spans=9, start_span_number=3)), [2, 3]),
    ],
)
def test_a_range_of_spans_is_chosen_newest_first(store: MetadataStore, config: RangeConfig, chosen: list[int]) -> None:
    strategy = SpanRangeStrategy(config)
    assert ids(strategy.resolve_artifacts(store, {"e": spans(2, 4, 3, 1)})) == {"e": chosen}
    assert strategy.resolve_artifacts(store, {"e": []}) is None


def test_a_span_may_be_a_property_or_a_text(store: MetadataStore) -> None:
    by_property, by_text = Examples(), Examples()
    by_property.id, by_property.span, by_text.id = 1, 6, 2
    by_text.set_string_custom_property("span", "7")
    strategy = SpanRangeStrategy(RangeConfig(rolling_range=RollingRange(num_spans=1)))
    assert ids(strategy.resolve_artifacts(store, {"e": [by_property, by_text, artifact(Examples, 3)]})) == {"e": [2]}
    with pytest.raises(ConfigError, match="static_range or a rolling_range"):
        SpanRangeStrategy(RangeConfig())


def test_a_resolver_has_outputs_like_its_inputs_and_reads_history(store: MetadataStore) -> None:
    resolver = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
    ).with_id("latest_blessed")
    assert {key: channel.type for key, channel in resolver.outputs.items()} == {
        "model": Model,
        "model_blessing": ModelBlessing,
    }
    assert Pipeline("p", components=[resolver]).components == [resolver]
    assert resolver.choose(store, {"model": [], "model_blessing": []}) == {"model": [], "model_blessing": []}


def test_a_resolver_records_its_strategy_and_config() -> None:
    config = RangeConfig(rolling_range=RollingRange(num_spans=3))
    resolver = Resolver(SpanRangeStrategy, {"range_config": config}, examples=Channel(type=Examples))
    assert resolver.exec_properties["strategy_class"].endswith("SpanRangeStrategy")
    assert json.loads(resolver.exec_properties["config"]) == {"range_config": {"rolling_range": {"num_spans": 3}}}


def test_a_resolver_checks_its_arguments() -> None:
    channel = Channel(type=Model)
    with pytest.raises(ConfigError, match="needs a strategy_class"):
        Resolver(model=channel)
    with pytest.raises(ConfigError, match="at least one channel"):
        Resolver(LatestArtifactStrategy)
    with pytest.raises(ConfigError, match="does not take this config"):
        Resolver(LatestArtifactStrategy, {"number": 3}, model=channel)
    with pytest.raises(ConfigError, match="must be a channel"):
        Resolver(LatestArtifactStrategy, model=Model())  # type: ignore[arg-type]
    with pytest.raises(NotSupportedError, match="write a ResolverStrategy"):
        Resolver(function=print, model=channel)


def test_a_strategy_of_ones_own_is_used(store: MetadataStore) -> None:
    class Oldest(ResolverStrategy):
        def resolve_artifacts(
            self, store: MetadataStore, input_dict: dict[str, list[Artifact]]
        ) -> dict[str, list[Artifact]]:
            return {key: sorted(artifacts, key=lambda a: a.id)[:1] for key, artifacts in input_dict.items()}

    resolver = Resolver(Oldest, model=Channel(type=Model))
    assert ids(resolver.choose(store, {"model": [artifact(Model, 3), artifact(Model, 2)]})) == {"model": [2]}


def test_an_importer_says_what_it_imports() -> None:
    importer = Importer(
        "/models/1", Examples, reimport=True, properties={"span": 3}, custom_properties={"by": "ada"}, output_key="data"
    )
    assert importer.exec_properties == {"artifact_uri": "/models/1", "reimport": 1, "output_key": "data"}
    channel = importer.outputs["data"]
    assert (channel.type, channel.additional_properties, channel.additional_custom_properties) == (
        Examples,
        {"span": 3},
        {"by": "ada"},
    )
    assert set(Importer("/m", Model).outputs) == {"result"}


def test_an_importer_checks_properties() -> None:
    with pytest.raises(ConfigError, match="Examples has no property 'spam'"):
        Importer("/x", Examples, properties={"spam": 3})
    with pytest.raises(ConfigError, match=r"Examples\.span takes a value of type INT"):
        Importer("/x", Examples, properties={"span": "3"})
    with pytest.raises(ConfigError, match="takes an int, str or bytes"):
        Importer("/x", Examples, custom_properties={"x": 1.5})  # type: ignore[dict-item]
    with pytest.raises(ConfigError, match="needs the URI"):
        Importer("", Examples)
