"""infer_schema and update_schema read the right demands out of statistics."""

from __future__ import annotations

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from gristmill.data_validation.schema.inference import infer_schema, update_schema
from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator
from gristmill.errors import ConfigError


def statistics(**columns):
    accumulator = StatisticsAccumulator()
    batch = pa.record_batch({name: pa.array(values) for name, values in columns.items()})
    return accumulator.extract(accumulator.add(accumulator.create(), batch))


def inferred(values, **options) -> schema_pb2.Feature:
    return infer_schema(statistics(f=values), **options).feature[0]


def feature(text: str) -> schema_pb2.Feature:
    return text_format.Parse(f'name: "f" {text}', schema_pb2.Feature())


ALWAYS = "presence {min_fraction: 1 min_count: 1}"
SOMETIMES = "presence {min_count: 1}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[1], [2]], f"type: INT {ALWAYS} shape {{dim {{size: 1}}}}"),
        ([[1.5, 2.0], None], f"type: FLOAT {SOMETIMES} value_count {{min: 2 max: 2}}"),
        ([[1.5], [2.0, 3.0]], f"type: FLOAT {ALWAYS} value_count {{min: 1}}"),
        ([[], [3.0]], f"type: FLOAT {ALWAYS}"),
        ([[0], [1]], f"type: INT {ALWAYS} shape {{dim {{size: 1}}}} bool_domain {{}}"),
        ([[0], [0]], f"type: INT {ALWAYS} shape {{dim {{size: 1}}}}"),
        (
            [[b"true"], [b"false"]],
            f'type: BYTES {ALWAYS} shape {{dim {{size: 1}}}} bool_domain {{true_value: "true" false_value: "false"}}',
        ),
        ([[b"7"], [b"-12"]], f"type: BYTES {ALWAYS} shape {{dim {{size: 1}}}} int_domain {{}}"),
        ([[b"1" * 5000]], f'type: BYTES {ALWAYS} shape {{dim {{size: 1}}}} domain: "f"'),
        ([[b"b"], [b"a"]], f'type: BYTES {ALWAYS} shape {{dim {{size: 1}}}} domain: "f"'),
        ([[b"\xff"], [b"a"]], f"type: BYTES {ALWAYS} shape {{dim {{size: 1}}}}"),
    ],
)
def test_each_kind_of_values_gives_its_demands(values, expected):
    assert inferred(values) == feature(expected)


def test_without_shapes_a_regular_feature_gets_a_value_count():
    expected = feature(f"type: INT {ALWAYS} value_count {{min: 1 max: 1}}")
    assert inferred([[5], [6]], infer_feature_shape=False) == expected


def test_a_feature_that_is_never_there_is_bytes_and_not_required():
    data = statistics(f=pa.array([None, None], pa.null()))
    assert infer_schema(data).feature[0] == feature("type: BYTES presence {min_count: 0}")


def test_a_domain_lists_its_texts_sorted():
    schema = infer_schema(statistics(f=[[b"b"], [b"a"], [b"b"]]))
    assert list(schema.string_domain) == [schema_pb2.StringDomain(name="f", value=["a", "b"])]


def test_more_texts_than_the_limit_make_no_domain():
    schema = infer_schema(statistics(f=[[b"b"], [b"a"], [b"c"]]), max_string_domain_size=2)
    assert not schema.string_domain
    assert schema.feature[0].WhichOneof("domain_info") is None


def test_transformations_see_the_schema_and_the_dataset():
    def note(schema, dataset):
        schema.annotation.comment.append(f"{dataset.num_examples} examples")
        return schema

    schema = infer_schema(statistics(f=[[1], [2]]), schema_transformations=[note])
    assert list(schema.annotation.comment) == ["2 examples"]


def test_updating_adds_new_texts_behind_the_old_ones():
    schema = infer_schema(statistics(f=[[b"m"], [b"z"]]))
    updated = update_schema(schema, statistics(f=[[b"a"], [b"m"], [b"b"]]))
    assert list(updated.string_domain[0].value) == ["m", "z", "a", "b"]
    assert list(schema.string_domain[0].value) == ["m", "z"]


def test_a_domain_that_outgrows_the_limit_is_taken_away():
    schema = infer_schema(statistics(f=[[b"m"], [b"z"]]))
    updated = update_schema(schema, statistics(f=[[b"a"], [b"b"]]), max_string_domain_size=3)
    assert not updated.string_domain
    assert updated.feature[0].WhichOneof("domain_info") is None


def test_updating_gives_a_new_column_a_value_count_and_never_a_shape():
    updated = update_schema(schema_pb2.Schema(), statistics(f=[[1.5]]))
    assert updated.feature[0] == feature(f"type: FLOAT {ALWAYS} value_count {{min: 1 max: 1}}")


def test_updating_deprecates_what_the_data_lacks():
    updated = update_schema(infer_schema(statistics(f=[[1]])), statistics(g=[[1]]))
    assert updated.feature[0].lifecycle_stage == schema_pb2.DEPRECATED


def test_statistics_of_several_datasets_need_the_slice_of_all_examples():
    several = statistics_pb2.DatasetFeatureStatisticsList()
    several.datasets.add(name="a")
    several.datasets.add(name="b")
    with pytest.raises(ConfigError, match="All Examples"):
        infer_schema(several)
    several.datasets.add(name="All Examples")
    assert infer_schema(several) == schema_pb2.Schema()


def test_another_message_is_a_type_error():
    with pytest.raises(TypeError, match="DatasetFeatureStatisticsList"):
        infer_schema(schema_pb2.Schema())
