"""SpanRangeStrategy: the artifacts of a range of spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.strategies.contract import ResolverStrategy
from gristmill.errors import ConfigError
from gristmill.proto import range_config_pb2

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore

__all__ = ["SpanRangeStrategy"]

SPAN_KEY = "span"


class SpanRangeStrategy(ResolverStrategy):
    """Chooses the artifacts whose span is in a range, newest span first; None where a channel has none.

    Args:
        range_config: a static range (both ends included) or a rolling one (the newest spans, counted back from the
            newest that there is).
    """

    def __init__(self, range_config: range_config_pb2.RangeConfig) -> None:
        if range_config.WhichOneof("range") is None:
            raise ConfigError(
                "range_config must have a static_range or a rolling_range",
                value=range_config,
                hint="for example RangeConfig(rolling_range=RollingRange(num_spans=3))",
            )
        self._range = range_config

    def resolve_artifacts(
        self, store: MetadataStore, input_dict: dict[str, list[Artifact]]
    ) -> dict[str, list[Artifact]] | None:
        chosen = {key: self._in_range(artifacts) for key, artifacts in input_dict.items()}
        return chosen if all(chosen.values()) else None

    def _in_range(self, artifacts: list[Artifact]) -> list[Artifact]:
        spans = [(span_of(artifact), artifact.id, artifact) for artifact in artifacts]
        known = [(span, number, artifact) for span, number, artifact in spans if span is not None]
        if not known:
            return []
        first, last = self._bounds(max(span for span, _, _ in known))
        known.sort(key=lambda entry: entry[:2], reverse=True)
        return [artifact for span, _, artifact in known if first <= span <= last]

    def _bounds(self, newest: int) -> tuple[int, int]:
        if self._range.WhichOneof("range") == "static_range":
            return self._range.static_range.start_span_number, self._range.static_range.end_span_number
        rolling = self._range.rolling_range
        return max(rolling.start_span_number, newest - rolling.num_spans + 1), newest


def span_of(artifact: Artifact) -> int | None:
    """The span of an artifact: its custom property, a number or its digits, else its property; None without."""
    message = artifact.mlmd_artifact
    for values in (message.custom_properties, message.properties):
        if SPAN_KEY in values:
            value: Any = values[SPAN_KEY]
            return int(value.string_value or value.int_value)
    return None
