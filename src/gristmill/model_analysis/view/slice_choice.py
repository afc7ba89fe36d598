"""Which slices a view shows, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from gristmill.errors import ConfigError
from gristmill.model_analysis.slicer.slice_key import (
    SliceKeyOrCrossSliceKeyType,
    SliceKeyType,
    SliceValue,
    is_cross_slice_key,
)
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec
from gristmill.model_analysis.view.sliced_figures import SliceFigures
from gristmill.proto.model_analysis_config_pb2 import SlicingSpec

__all__ = ["SliceGroup", "Spec", "chosen_spec", "only_matching", "slice_groups", "slice_label", "slice_title"]

Spec = SingleSliceSpec | SlicingSpec
_Item = TypeVar("_Item")
_COMPARED = "Slices compared"
_OVERALL = "Overall"


@dataclass(frozen=True)
class SliceGroup:
    """The slices by the same columns, in the order of their values.

    Attributes:
        name: the columns.
        slices: one per value, or combination of values.
        compares: whether these are pairs of slices, whose figures are differences.
    """

    name: str
    slices: tuple[SliceFigures, ...]
    compares: bool = False


def chosen_spec(slicing_column: str | None, slicing_spec: Spec | None) -> SingleSliceSpec | None:
    """The one spec that a caller asked for; None where all slices are meant.

    Raises:
        ConfigError: both a column and a spec.
    """
    if slicing_column is not None and slicing_spec is not None:
        raise ConfigError("slices are chosen by slicing_column or by slicing_spec, not by both", value=slicing_column)
    if slicing_column is not None:
        return SingleSliceSpec(columns=[slicing_column])
    return SingleSliceSpec(spec=slicing_spec) if isinstance(slicing_spec, SlicingSpec) else slicing_spec


def only_matching(
    spec: SingleSliceSpec, items: Sequence[tuple[SliceKeyOrCrossSliceKeyType, _Item]]
) -> tuple[SliceKeyType, _Item] | None:
    """The one item that matches; None where none does.

    Raises:
        ConfigError: several do.
    """
    found = [(single, item) for key, item in items if (single := _single(key)) is not None]
    found = [(key, item) for key, item in found if spec.is_slice_applicable(key)]
    if len(found) > 1:
        names = ", ".join(slice_title(key) for key, _ in found[:3])
        raise ConfigError(
            "the slicing spec must match one slice, and matches more",
            value=f"{len(found)} slices: {names}{', …' if len(found) > 3 else ''}",
            hint="name one value: SlicingSpec(feature_values={'column': 'value'})",
        )
    return found[0] if found else None


def slice_groups(slices: Sequence[SliceFigures], spec: SingleSliceSpec | None) -> list[SliceGroup]:
    """The slices that a spec chooses (all where None), grouped by column; the overall slice is in no group.

    Raises:
        ConfigError: no slice matches.
    """
    groups: dict[str, list[SliceFigures]] = {}
    for each in slices:
        key = _single(each.key)
        if key is None:
            if spec is None:
                groups.setdefault(_COMPARED, []).append(each)
        elif key and (spec is None or spec.is_slice_applicable(key)):
            groups.setdefault(" × ".join(column for column, _ in key), []).append(each)
    overall_wanted = spec is None or spec.is_overall
    if not groups and not (overall_wanted and any(not each.key for each in slices)):
        raise _no_slices(slices, spec)
    return [SliceGroup(name, tuple(sorted(found, key=_order)), name == _COMPARED) for name, found in groups.items()]


def slice_label(key: SliceKeyOrCrossSliceKeyType) -> str:
    """A slice within its group: its value or values; ``Overall``; for a pair, what is compared with what."""
    single = _single(key)
    return slice_title(key) if single is None else " × ".join(_text(value) for _, value in single) or _OVERALL


def slice_title(key: SliceKeyOrCrossSliceKeyType) -> str:
    """A slice by itself: ``hour = 3, day = 5``, ``Overall``; for a pair, what is compared with what."""
    single = _single(key)
    if single is None:
        baseline, other = key
        return f"{slice_title(baseline)} − {slice_title(other)}"  # type: ignore[arg-type]
    return ", ".join(f"{column} = {_text(value)}" for column, value in single) or _OVERALL


def _single(key: SliceKeyOrCrossSliceKeyType) -> SliceKeyType | None:
    """The key of one slice; None for that of a pair."""
    return None if is_cross_slice_key(key) else key  # type: ignore[return-value]


def _text(value: SliceValue) -> str:
    return f"{value:.7g}" if isinstance(value, float) else str(value)  # 32-bit floats hold seven digits


def _order(each: SliceFigures) -> list[tuple[str, SliceValue]]:
    """By the numbers or texts of the values; numbers before texts."""
    single = _single(each.key)
    if single is None:
        return [("", slice_title(each.key))]
    return [("text" if isinstance(value, str) else "", value) for _, value in single]


def _no_slices(slices: Sequence[SliceFigures], spec: SingleSliceSpec | None) -> ConfigError:
    if spec is None:
        return ConfigError("the evaluation has no slices", hint="were there examples in it?")
    wanted = " × ".join(spec.feature_names) or "Overall"
    known = sorted({group.name for group in slice_groups(slices, None)}) if slices else []
    return ConfigError(
        f"no slices found for {wanted}",
        value=dict(spec.features) or None,
        hint=f"the evaluation is sliced by {', '.join(known) or 'nothing: add slicing_specs to its configuration'}",
    )
