"""Slices hold the rows that their definition says, however values are spread over a row."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.slicer import (
    SingleSliceSpec,
    deserialize_slice_key,
    is_cross_slice_key,
    serialize_slice_key,
    stringify_slice_key,
)
from gristmill.model_analysis.slicer.slice_index import index_slices
from gristmill.proto.model_analysis_config_pb2 import SlicingSpec

Evaluate = Callable[..., Any]

values = st.one_of(st.none(), st.lists(st.integers(0, 3), max_size=3))


def brute_force(spec: SingleSliceSpec, rows: list[dict[str, Any]]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for row in rows:
        if not all(value in (row[name] or []) for name, value in spec.features):
            continue
        choices = [sorted(set(row[name] or [])) for name in spec.columns]
        for combination in itertools.product(*choices):
            key = tuple(sorted([*zip(spec.columns, combination, strict=True), *spec.features]))
            found[key] = found.get(key, 0) + 1
    return found


@given(
    st.lists(st.fixed_dictionaries({"x": values, "y": values, "z": values}), min_size=1, max_size=12),
    st.sampled_from([((), ()), (("x",), ()), (("y", "x"), ()), (("x",), (("y", "2"),)), ((), (("z", "1"),))]),
)
def test_rows_are_in_the_slices_of_each_combination_of_their_values(rows: list[dict[str, Any]], shape: Any) -> None:
    spec = SingleSliceSpec(columns=shape[0], features=shape[1])
    columns = {name: pa.array([row[name] for row in rows], pa.list_(pa.int64())) for name in ("x", "y", "z")}
    keys, groups = index_slices([spec], len(rows), columns.get)
    assert dict(zip(keys, groups.counts().tolist(), strict=True)) == brute_force(spec, rows)


def test_values_are_read_as_the_family_reads_them() -> None:
    spec = SingleSliceSpec(spec=SlicingSpec(feature_values={"a": "1.5", "b": "5", "c": "x.y"}))
    assert spec.features == (("a", 1.5), ("b", 5), ("c", "x.y"))
    assert SingleSliceSpec(spec=SlicingSpec()).is_overall
    with pytest.raises(ConfigError, match="may name a feature once"):
        SingleSliceSpec(columns=["a"], features=[("a", 1)])
    with pytest.raises(NotSupportedError, match="feature_keys"):
        SingleSliceSpec(spec=SlicingSpec(slice_keys_sql="SELECT STRUCT(a)"))


def test_keys_survive_their_message_and_are_readable() -> None:
    key = (("day", "Mon"), ("hour", 12))
    assert deserialize_slice_key(serialize_slice_key(key)) == key
    assert stringify_slice_key(key) == "day_X_hour:Mon_X_12"
    assert stringify_slice_key(()) == "Overall"
    assert is_cross_slice_key(((), (("a", 1),)))
    assert is_cross_slice_key(((("a", 1),), ()))
    assert not is_cross_slice_key(())
    assert not is_cross_slice_key((("a", 1), ("b", 2)))


def test_no_spec_means_overall_and_specs_without_an_empty_one_leave_it_out(evaluate_columns: Evaluate) -> None:
    columns = {"label": [0, 1], "prediction": [0.1, 0.2], "hour": [3, 4]}
    metric = 'metrics_specs { metrics { class_name: "ExampleCount" } }'
    assert list(evaluate_columns(columns, metric).figures) == [()]
    sliced = evaluate_columns(columns, f'slicing_specs {{ feature_keys: "hour" }} {metric}')
    assert list(sliced.figures) == [(("hour", 3),), (("hour", 4),)]
    assert sliced.rows == 2


def test_a_slicing_feature_that_does_not_exist_is_named_with_the_closest(evaluate_columns: Evaluate) -> None:
    with pytest.raises(ConfigError, match=r"'hours'[\s\S]*did you mean 'hour'"):
        evaluate_columns(
            {"label": [0], "prediction": [0.1], "hour": [3]},
            'slicing_specs { feature_keys: "hours" } metrics_specs { metrics { class_name: "ExampleCount" } }',
        )


def test_bytes_that_are_no_text_cannot_name_a_slice() -> None:
    column = pa.array([[b"\xff\xfe"]], pa.list_(pa.binary()))
    with pytest.raises(DataError, match="UTF-8"):
        index_slices([SingleSliceSpec(columns=["x"])], 1, lambda name: column)


def test_small_slices_say_so_and_the_overall_slice_never_does(evaluate_columns: Evaluate) -> None:
    found = evaluate_columns(
        {"label": [0, 1, 1], "prediction": [0.1, 0.2, 0.3], "hour": [3, 4, 4]},
        'slicing_specs {} slicing_specs { feature_keys: "hour" } options { min_slice_size { value: 5 } } '
        'metrics_specs { metrics { class_name: "MeanLabel" } }',
    )
    assert MetricKey("mean_label") in found.figures[()].metrics
    small = found.figures[(("hour", 4),)].metrics
    assert list(small) == [MetricKey("__ERROR__")]
    assert "2 examples" in small[MetricKey("__ERROR__")]


def test_cross_slices_are_the_baseline_minus_the_other(evaluate_columns: Evaluate) -> None:
    found = evaluate_columns(
        {"label": [0, 1, 1], "prediction": [0.1, 0.2, 0.3], "hour": [3, 4, 4]},
        'slicing_specs {} cross_slicing_specs { baseline_spec {} slicing_specs { feature_keys: "hour" } } '
        'metrics_specs { metrics { class_name: "MeanLabel" } }',
    )
    pairs = {key: values.metrics[MetricKey("mean_label")] for key, values in found.figures.items() if len(key) == 2}
    assert pairs == {((), (("hour", 3),)): pytest.approx(2 / 3), ((), (("hour", 4),)): pytest.approx(-1 / 3)}


def test_many_slices_of_many_rows_add_up(evaluate_columns: Evaluate) -> None:
    random = np.random.default_rng(0)
    columns = {
        "label": random.integers(0, 2, 500),
        "prediction": random.random(500),
        "id": np.arange(500) % 490,
        "hour": random.integers(0, 24, 500),
    }
    found = evaluate_columns(
        columns,
        'slicing_specs { feature_keys: "id" } slicing_specs { feature_keys: ["id", "hour"] } '
        'metrics_specs { metrics { class_name: "AUC" } metrics { class_name: "ExampleCount" } }',
    )
    singles = [values for key, values in found.figures.items() if len(key) == 1]
    assert len(singles) == 490
    assert sum(values.metrics[MetricKey("example_count")] for values in singles) == 500
    assert sum(values.rows for key, values in found.figures.items() if len(key) == 2) == 500
