"""Slices: which parts of the rows metrics are computed for."""

from __future__ import annotations

from gristmill.model_analysis.slicer.slice_key import (
    OVERALL_SLICE_KEY,
    CrossSliceKeyType,
    SliceKeyOrCrossSliceKeyType,
    SliceKeyType,
    deserialize_slice_key,
    is_cross_slice_key,
    serialize_slice_key,
    stringify_slice_key,
)
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec, slice_specs

__all__ = [
    "OVERALL_SLICE_KEY",
    "CrossSliceKeyType",
    "SingleSliceSpec",
    "SliceKeyOrCrossSliceKeyType",
    "SliceKeyType",
    "deserialize_slice_key",
    "is_cross_slice_key",
    "serialize_slice_key",
    "slice_specs",
    "stringify_slice_key",
]
