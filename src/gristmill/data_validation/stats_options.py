"""What statistics to compute, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.errors import ConfigError, NotSupportedError

__all__ = ["PerFeatureStatsConfig", "SliceFunction", "StatsOptions"]

SliceFunction = Callable[[pa.RecordBatch], Iterable[tuple[str, pa.RecordBatch]]]
"""Cuts a batch into (slice key, rows of that slice); a row may be in several slices or in none."""

# Options whose behaviour is not built: name -> (the value that means "off", what to do instead).
_NOT_BUILT: dict[str, tuple[Any, str]] = {
    "generators": (None, "compute the figure in a component of your own, or from the record batches"),
    "label_feature": (None, "lift of feature values is not computed; leave label_feature unset"),
    "enable_semantic_domain_stats": (False, "set the domains in the schema by hand with set_domain"),
    "semantic_domain_stats_sample_rate": (None, "set the domains in the schema by hand with set_domain"),
    "vocab_paths": (None, "natural-language statistics are not computed; leave vocab_paths unset"),
    "add_default_generators": (True, "the default statistics are always computed"),
    "experimental_result_partitions": (1, "results are written as one file"),
    "experimental_num_feature_partitions": (1, "all features are computed together"),
    "slicing_config": (None, "use experimental_slice_functions with experimental_get_feature_value_slicer"),
    "experimental_filter_read_paths": (False, "name the features to read in feature_allowlist"),
}


@dataclass(frozen=True)
class PerFeatureStatsConfig:
    """Which features get histograms.

    Attributes:
        histogram_paths: the features meant.
        histogram_mode: ``"include"``: only these get histograms; ``"exclude"``: all but these do.
    """

    histogram_paths: Sequence[FeaturePath]
    histogram_mode: str = "include"

    def __post_init__(self) -> None:
        if self.histogram_mode not in ("include", "exclude"):
            raise ConfigError("histogram_mode is 'include' or 'exclude'", value=self.histogram_mode)

    def should_compute_histograms(self, path: FeaturePath) -> bool:
        """Whether this feature gets histograms."""
        return (path in self.histogram_paths) == (self.histogram_mode == "include")


class StatsOptions:
    """Options of statistics generation; each is checked when it is set.

    Args:
        generators: statistics generators of your own; not available.
        schema: types and domains of the features: tells categorical numbers and images.
        label_feature: feature to compute lift against; not available.
        weight_feature: numeric feature with exactly one value per example that weighs the example.
        slice_functions: older name of ``experimental_slice_functions``.
        sample_rate: share of the examples to look at, above 0 and at most 1. Examples are drawn one by one, in a way
            that is the same for the same shard each time.
        num_top_values: number of top values of a string feature.
        frequency_threshold: smallest count of a top value.
        weighted_frequency_threshold: smallest weight of a weighted top value.
        num_rank_histogram_buckets: ranks in the rank histogram of a string feature.
        num_values_histogram_buckets: buckets of the histogram of values per example; above 1.
        num_histogram_buckets: buckets of a standard histogram.
        num_quantiles_histogram_buckets: buckets of a quantile histogram.
        epsilon: largest error of a quantile's rank, as a share of the values; above 0 and below 1.
        infer_type_from_schema: report a feature that has no values anywhere with its type in the schema.
        desired_batch_size: rows per record batch; the reader's own size by default.
        enable_semantic_domain_stats: not available.
        semantic_domain_stats_sample_rate: not available.
        per_feature_weight_override: weight feature of single features, by path.
        vocab_paths: not available.
        add_default_generators: must be True.
        feature_allowlist: names or paths of the features to look at; all by default.
        experimental_use_sketch_based_topk_uniques: older name of ``use_sketch_based_topk_uniques``.
        use_sketch_based_topk_uniques: bound the table of distinct strings at 1,024 instead of 65,536 entries.
        experimental_slice_functions: functions that cut a batch into slices, each described on its own.
        experimental_result_partitions: must be 1.
        experimental_num_feature_partitions: must be 1.
        slicing_config: not available.
        experimental_filter_read_paths: must be False.
        per_feature_stats_config: which features get histograms.

    Raises:
        TypeError: a value is of the wrong type.
        ConfigError: a value is out of its range (a ValueError).
        NotSupportedError: an option is set whose behaviour does not exist.
    """

    def __init__(
        self,
        generators: Any = None,
        schema: schema_pb2.Schema | None = None,
        label_feature: str | None = None,
        weight_feature: str | None = None,
        slice_functions: Sequence[SliceFunction] | None = None,
        sample_rate: float | None = None,
        num_top_values: int = 20,
        frequency_threshold: int = 1,
        weighted_frequency_threshold: float = 1.0,
        num_rank_histogram_buckets: int = 1000,
        num_values_histogram_buckets: int = 10,
        num_histogram_buckets: int = 10,
        num_quantiles_histogram_buckets: int = 10,
        epsilon: float = 0.01,
        infer_type_from_schema: bool = False,
        desired_batch_size: int | None = None,
        enable_semantic_domain_stats: bool = False,
        semantic_domain_stats_sample_rate: float | None = None,
        per_feature_weight_override: Mapping[FeaturePath, str] | None = None,
        vocab_paths: Mapping[str, str] | None = None,
        add_default_generators: bool = True,
        feature_allowlist: Sequence[str | FeaturePath] | None = None,
        experimental_use_sketch_based_topk_uniques: bool | None = None,
        use_sketch_based_topk_uniques: bool | None = None,
        experimental_slice_functions: Sequence[SliceFunction] | None = None,
        experimental_result_partitions: int = 1,
        experimental_num_feature_partitions: int = 1,
        slicing_config: Any = None,
        experimental_filter_read_paths: bool = False,
        per_feature_stats_config: PerFeatureStatsConfig | None = None,
    ) -> None:
        given = dict(locals())
        del given["self"]
        sketch = given.pop("experimental_use_sketch_based_topk_uniques")
        slicers = given.pop("slice_functions")
        if use_sketch_based_topk_uniques is None:
            given["use_sketch_based_topk_uniques"] = False if sketch is None else sketch
        if experimental_slice_functions is None:
            given["experimental_slice_functions"] = slicers
        for name, value in given.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        name = _OLDER_NAMES.get(name, name)
        if name in _NOT_BUILT:
            _check_unused(name, value)
        elif name in _CHECKS:
            value = _CHECKS[name](name, value)
        else:
            raise AttributeError(f"StatsOptions has no option {name!r}")
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name in _OLDER_NAMES:
            return getattr(self, _OLDER_NAMES[name])
        raise AttributeError(f"StatsOptions has no option {name!r}")

    def __repr__(self) -> str:
        changed = {name: value for name, value in vars(self).items() if value != getattr(_DEFAULTS, name, None)}
        return f"StatsOptions({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

    def to_json(self) -> str:
        """The options as JSON text that ``from_json`` reads back.

        Raises:
            ConfigError: slice functions or a per_feature_stats_config are set; these cannot be written.
        """
        from gristmill.data_validation.stats_options_json import dump_options

        return dump_options(self)

    @classmethod
    def from_json(cls, options_json: str) -> StatsOptions:
        """The options that JSON text made by ``to_json`` holds.

        Raises:
            ConfigError: the text is not the JSON of StatsOptions, or names an unknown option.
        """
        from gristmill.data_validation.stats_options_json import parse_options

        return parse_options(options_json)


_OLDER_NAMES = {
    "slice_functions": "experimental_slice_functions",
    "experimental_use_sketch_based_topk_uniques": "use_sketch_based_topk_uniques",
}


def _check_unused(name: str, value: Any) -> None:
    off, hint = _NOT_BUILT[name]
    if value != off:
        raise NotSupportedError(f"StatsOptions({name}=...) is not available", value=value, hint=hint)


def _expected(name: str, expected: str, value: object) -> TypeError:
    return TypeError(f"StatsOptions.{name} must be {expected}, and is {type(value).__name__}: {value!r}")


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _expected(name, "the name of a feature", value)
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _expected(name, "True or False", value)
    return value


def _whole(least: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _expected(name, "a whole number", value)
        if value < least:
            raise ConfigError(f"StatsOptions.{name} is at least {least}", value=value)
        return value

    return check


def _batch_size(name: str, value: Any) -> int | None:
    return None if value is None else _whole(1)(name, value)


def _number(name: str, value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise _expected(name, "a number", value)
    if not value >= 0:
        raise ConfigError(f"StatsOptions.{name} is not negative", value=value)
    return value


def _share(name: str, value: Any) -> float | None:
    if value is not None and not 0 < _number(name, value) <= 1:
        raise ConfigError(f"StatsOptions.{name} is above 0 and at most 1", value=value)
    return None if value is None else float(value)


def _epsilon(name: str, value: Any) -> float:
    if not 0 < _number(name, value) < 1:
        raise ConfigError(f"StatsOptions.{name} is above 0 and below 1", value=value)
    return float(value)


def _schema(name: str, value: Any) -> schema_pb2.Schema | None:
    if value is not None and not isinstance(value, schema_pb2.Schema):
        raise _expected(name, "a Schema message", value)
    return value


def _features(name: str, value: Any) -> list[FeaturePath] | None:
    if value is None:
        return None
    if isinstance(value, (str, bytes)) or not all(isinstance(feature, (str, FeaturePath)) for feature in value):
        raise _expected(name, "a list of feature names or FeaturePaths", value)
    return [feature if isinstance(feature, FeaturePath) else FeaturePath([feature]) for feature in value]


def _slicers(name: str, value: Any) -> list[SliceFunction] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        raise _expected(name, "a list of functions", value)
    for function in value:
        if not callable(function):
            raise _expected(name, "a list of functions", function)
    return list(value)


def _overrides(name: str, value: Any) -> dict[FeaturePath, str] | None:
    if value is None:
        return None
    pairs = value.items() if isinstance(value, Mapping) else ()
    if not isinstance(value, Mapping) or not all(isinstance(k, FeaturePath) and isinstance(v, str) for k, v in pairs):
        raise _expected(name, "a mapping from FeaturePath to the name of a weight feature", value)
    return dict(value)


def _per_feature(name: str, value: Any) -> PerFeatureStatsConfig | None:
    if value is not None and not isinstance(value, PerFeatureStatsConfig):
        raise _expected(name, "a PerFeatureStatsConfig", value)
    return value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "schema": _schema,
    "weight_feature": _text,
    "sample_rate": _share,
    "num_top_values": _whole(0),
    "frequency_threshold": _number,
    "weighted_frequency_threshold": _number,
    "num_rank_histogram_buckets": _whole(0),
    "num_values_histogram_buckets": _whole(2),
    "num_histogram_buckets": _whole(1),
    "num_quantiles_histogram_buckets": _whole(1),
    "epsilon": _epsilon,
    "infer_type_from_schema": _flag,
    "desired_batch_size": _batch_size,
    "per_feature_weight_override": _overrides,
    "feature_allowlist": _features,
    "use_sketch_based_topk_uniques": _flag,
    "experimental_slice_functions": _slicers,
    "per_feature_stats_config": _per_feature,
}

_DEFAULTS = StatsOptions()
