"""Names that users of the family know and whose behaviour does not exist here; each says what to use."""

from __future__ import annotations

from typing import Any

from gristmill.errors import NotSupportedError

__all__ = [
    "CombinerStatsGenerator",
    "DetectFeatureSkew",
    "MergeDatasetFeatureStatisticsList",
    "TransformStatsGenerator",
    "WriteStatisticsToRecordsAndBinaryFile",
    "get_confusion_count_dataframes",
    "get_match_stats_dataframe",
    "get_skew_result_dataframe",
    "validate_corresponding_slices",
    "validate_examples_in_csv",
    "validate_examples_in_tfrecord",
]

_ACCUMULATOR = "write an engine Accumulator (gristmill.engine.contract) and run it with Engine.aggregate"
_GENERATE = "call generate_statistics(shards, options, engine=...)"


class _NotBuilt:
    _hint = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotSupportedError(f"{type(self).__name__} is not available", hint=self._hint)


class CombinerStatsGenerator(_NotBuilt):
    """A statistics generator of the user's own; not available."""

    _hint = _ACCUMULATOR


class TransformStatsGenerator(_NotBuilt):
    """A statistics generator made of Beam transforms; not available."""

    _hint = _ACCUMULATOR


class MergeDatasetFeatureStatisticsList(_NotBuilt):
    """A Beam combiner of partial statistics; not available."""

    _hint = "load_sharded_statistics joins statistics in several files"


class WriteStatisticsToRecordsAndBinaryFile(_NotBuilt):
    """A Beam transform that writes statistics; not available."""

    _hint = "call write_stats_binary(statistics, path)"


class DetectFeatureSkew(_NotBuilt):
    """A Beam transform that compares examples one by one; not available."""

    _hint = "compare distributions: validate_statistics(..., serving_statistics=...) with a skew_comparator"


def _refuse(name: str, hint: str) -> NotSupportedError:
    return NotSupportedError(f"{name} is not available", hint=hint)


def validate_corresponding_slices(*args: Any, **kwargs: Any) -> Any:
    """Validate slice by slice; not available."""
    raise _refuse("validate_corresponding_slices", "call validate_statistics with get_slice_stats for each slice")


def validate_examples_in_csv(*args: Any, **kwargs: Any) -> Any:
    """Find the examples that break a schema; not available."""
    raise _refuse("validate_examples_in_csv", "generate statistics and call validate_statistics")


def validate_examples_in_tfrecord(*args: Any, **kwargs: Any) -> Any:
    """Find the examples that break a schema; not available."""
    raise _refuse("validate_examples_in_tfrecord", "generate statistics and call validate_statistics")


def get_skew_result_dataframe(*args: Any, **kwargs: Any) -> Any:
    """Results of DetectFeatureSkew as a table; not available."""
    raise _refuse("get_skew_result_dataframe", DetectFeatureSkew._hint)


def get_match_stats_dataframe(*args: Any, **kwargs: Any) -> Any:
    """Results of DetectFeatureSkew as a table; not available."""
    raise _refuse("get_match_stats_dataframe", DetectFeatureSkew._hint)


def get_confusion_count_dataframes(*args: Any, **kwargs: Any) -> Any:
    """Results of DetectFeatureSkew as tables; not available."""
    raise _refuse("get_confusion_count_dataframes", DetectFeatureSkew._hint)
