"""Says in words where figures rest on labels that are not binary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gristmill.model_analysis.accumulator import SliceFigures
from gristmill.model_analysis.config_defaults import get_model_spec
from gristmill.model_analysis.metrics.binary_accuracy import Agreement
from gristmill.model_analysis.metrics.binary_labels import BinaryLabels, LabelCounts
from gristmill.model_analysis.metrics.inputs import View
from gristmill.model_analysis.metrics.plan import Plan
from gristmill.proto.model_analysis_config_pb2 import EvalConfig

__all__ = ["label_notes"]


def label_notes(eval_config: EvalConfig, plan: Plan, slices: Sequence[SliceFigures]) -> tuple[str, ...]:
    """One sentence per label that is not between 0 and 1 everywhere, and that a binary metric met all the same."""
    needs: dict[str, list[BinaryLabels]] = {}  # models, and their own metrics, meet the same labels again
    for need, position in plan.computations.items():
        if isinstance(need, BinaryLabels) and not need.required:
            counts = _largest([item.results[position] for item in slices])
            if counts is not None and counts.outside:
                label = _label_key(eval_config, need.view)
                shown = f"{counts.outside:,} of {counts.labels:,} labels {label!r} are not between 0 and 1"
                needs.setdefault(shown, []).append(need)
    return tuple(f"{shown}: {', and '.join(_consequences(plan, found))}" for shown, found in needs.items())


def _largest(counts: Sequence[LabelCounts]) -> LabelCounts | None:
    """The counts of the slice that most such labels are in: the overall slice, where there is one."""
    return max(counts, key=lambda item: item.outside, default=None)


def _consequences(plan: Plan, needs: Sequence[BinaryLabels]) -> Iterator[str]:
    compared: dict[str, None] = {}
    undefined: dict[str, None] = {}
    for key, bound in plan.metrics.items():
        if any(need in bound.needs for need in needs):
            by_equality = any(isinstance(other, Agreement) for other in bound.needs)
            (compared if by_equality else undefined)[key.name] = None
    if compared:
        yield f"{', '.join(compared)} counts predictions that equal the label, as Keras does"
    if undefined:
        yield f"{', '.join(undefined)} of the model itself {'is' if len(undefined) == 1 else 'are'} NaN"


def _label_key(eval_config: EvalConfig, view: View) -> str:
    spec = get_model_spec(eval_config, view.model_name)
    assert spec is not None  # plans are made of the configuration's models
    return spec.label_keys.get(view.output_name, "") if spec.label_keys else spec.label_key
