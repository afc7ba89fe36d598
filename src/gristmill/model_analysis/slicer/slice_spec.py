"""A slicing specification: the columns to cross, and the values to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gristmill.errors import ConfigError, NotSupportedError, Place
from gristmill.model_analysis.slicer.slice_key import SliceKeyType, SliceValue
from gristmill.proto.model_analysis_config_pb2 import SlicingSpec

__all__ = ["SingleSliceSpec", "coerce_slice_value", "slice_specs"]


@dataclass(frozen=True, init=False)
class SingleSliceSpec:
    """Slices by every value of ``columns``, among the rows that have each value of ``features``.

    Attributes:
        columns: names of the features to cross; one slice per distinct combination of values.
        features: pairs (feature, value) that a row must have. A string is coerced: with a dot to float, else to int,
            else it stays a string.
    """

    columns: tuple[str, ...]
    features: tuple[tuple[str, SliceValue], ...]

    def __init__(
        self,
        columns: Iterable[str] = (),
        features: Iterable[tuple[str, SliceValue]] = (),
        spec: SlicingSpec | None = None,
    ) -> None:
        if spec is not None:
            columns, features = spec.feature_keys, spec.feature_values.items()
            if spec.slice_keys_sql:
                raise NotSupportedError(
                    "slice_keys_sql needs an SQL engine, which gristmill does not have",
                    place=Place(uri="eval_config.slicing_specs"),
                    value=spec.slice_keys_sql,
                    hint="name the columns with feature_keys, or add a feature that holds the slice",
                )
        names = tuple(sorted(columns))
        pairs = tuple(sorted((name, coerce_slice_value(value)) for name, value in features))
        shared = sorted(set(names) & {name for name, _ in pairs})
        if shared or len(set(names)) < len(names):
            raise ConfigError(
                "a slicing spec may name a feature once, in feature_keys or in feature_values",
                place=Place(uri="eval_config.slicing_specs"),
                value=shared or list(names),
            )
        object.__setattr__(self, "columns", names)
        object.__setattr__(self, "features", pairs)

    @property
    def is_overall(self) -> bool:
        """Whether the spec means all rows."""
        return not self.columns and not self.features

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Every feature the spec reads."""
        return tuple(sorted({*self.columns, *(name for name, _ in self.features)}))

    def is_slice_applicable(self, slice_key: SliceKeyType) -> bool:
        """Whether this spec can produce ``slice_key``."""
        values = dict(slice_key)
        fixed = dict(self.features)
        return set(values) == {*self.columns, *fixed} and all(values[name] == value for name, value in fixed.items())

    def to_proto(self) -> SlicingSpec:
        """The message of this spec."""
        return SlicingSpec(
            feature_keys=self.columns, feature_values={name: str(value) for name, value in self.features}
        )


def coerce_slice_value(value: SliceValue) -> SliceValue:
    """The number that a string spells, or the string itself."""
    if not isinstance(value, str):
        return value
    for kind in (float,) if "." in value else (int,):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def slice_specs(specs: Sequence[SlicingSpec]) -> list[SingleSliceSpec]:
    """The specs of a configuration without repetition; no spec at all means the overall slice."""
    return list(dict.fromkeys(SingleSliceSpec(spec=spec) for spec in specs)) or [SingleSliceSpec()]
