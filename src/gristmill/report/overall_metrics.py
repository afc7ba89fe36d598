"""The metrics of an evaluation over all examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gristmill.model_analysis.results.eval_result import EvalResult
from gristmill.model_analysis.view.sliced_figures import COUNTS

__all__ = ["overall_metrics"]

_CHANGE = "_diff"  # ends the names of differences to a baseline
_SAME_FOR_ALL = tuple(count + _CHANGE for count in COUNTS)


def overall_metrics(result: EvalResult) -> Iterator[tuple[str, float]]:
    """Metrics that are one number: their names, with the output and class they are of, and their values."""
    overall = [metrics for key, metrics in result.slicing_metrics if key == ()]
    for output, by_class in (overall[0] if overall else {}).items():
        for sub_key, metrics in by_class.items():
            for name, value in metrics.items():
                number = _number(value)
                if number is not None and name not in _SAME_FOR_ALL:
                    of = " ".join(filter(None, (output, sub_key)))
                    told = f"{name.removesuffix(_CHANGE)} · change" if name.endswith(_CHANGE) else name
                    yield (f"{told} ({of})" if of else told), number


def _number(value: Mapping[str, Any]) -> float | None:
    found = value.get("doubleValue")
    if found is None and "boundedValue" in value:
        found = value["boundedValue"].get("value")
    return float(found) if isinstance(found, int | float) else None
