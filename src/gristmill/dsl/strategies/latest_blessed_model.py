"""LatestBlessedModelStrategy: the newest model that an evaluation blessed, with its blessing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import Model, ModelBlessing
from gristmill.dsl.strategies.contract import ResolverStrategy
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore

__all__ = ["LatestBlessedModelStrategy"]

BLESSED_KEY = "blessed"
CURRENT_MODEL_ID_KEY = "current_model_id"


class LatestBlessedModelStrategy(ResolverStrategy):
    """Chooses the newest blessed model and its newest blessing; empty lists where no model is blessed yet.

    A blessing belongs to the model whose id it carries. The resolver must have one channel of Model and one of
    ModelBlessing.
    """

    def resolve_artifacts(
        self, store: MetadataStore, input_dict: dict[str, list[Artifact]]
    ) -> dict[str, list[Artifact]]:
        return _choice(input_dict)

    def is_decided_by(self, input_dict: Mapping[str, list[Artifact]]) -> bool:
        # A blessing is younger than its model: where one model is found with it, so are all that are younger.
        return type(self) is LatestBlessedModelStrategy and any(_choice(input_dict).values())


def _choice(input_dict: Mapping[str, list[Artifact]]) -> dict[str, list[Artifact]]:
    if len(input_dict) != 2:
        raise ConfigError(
            "LatestBlessedModelStrategy takes one channel of Model and one of ModelBlessing",
            value=sorted(input_dict),
            hint="Resolver(strategy_class=LatestBlessedModelStrategy, model=Channel(type=Model), "
            "model_blessing=Channel(type=ModelBlessing))",
        )
    chosen: dict[str, list[Artifact]] = {key: [] for key in input_dict}
    model_key, blessing_key = _keys(input_dict)
    if model_key is None or blessing_key is None:
        return chosen  # the channel without artifacts cannot be told apart, and there is nothing to match
    blessings = {
        blessing.get_int_custom_property(CURRENT_MODEL_ID_KEY): blessing
        for blessing in sorted(input_dict[blessing_key], key=lambda artifact: artifact.id)
        if blessing.get_int_custom_property(BLESSED_KEY) == 1
    }
    blessed = [model for model in input_dict[model_key] if model.id in blessings]
    if blessed:
        newest = max(blessed, key=lambda model: model.id)
        chosen = {model_key: [newest], blessing_key: [blessings[newest.id]]}
    return chosen


def _keys(input_dict: Mapping[str, list[Artifact]]) -> tuple[str | None, str | None]:
    """The keys of the models and of the blessings, None where a channel holds none."""
    by_type = {artifacts[0].type_name: key for key, artifacts in input_dict.items() if artifacts}
    strangers = set(by_type) - {Model.TYPE_NAME, ModelBlessing.TYPE_NAME}
    if strangers or len(by_type) < sum(bool(artifacts) for artifacts in input_dict.values()):
        raise ConfigError(
            "LatestBlessedModelStrategy takes one channel of Model and one of ModelBlessing",
            value={key: artifacts[0].type_name for key, artifacts in input_dict.items() if artifacts},
            hint="model=Channel(type=Model), model_blessing=Channel(type=ModelBlessing)",
        )
    return by_type.get(Model.TYPE_NAME), by_type.get(ModelBlessing.TYPE_NAME)
