"""Every kind of anomaly is found, and relaxing the schema makes it go away."""

from __future__ import annotations

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.anomalies.validation import validate_statistics
from gristmill.data_validation.schema.inference import update_schema
from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.errors import ConfigError, NotSupportedError


def statistics(_options=None, **columns):
    accumulator = StatisticsAccumulator(_options)
    batch = pa.record_batch({name: pa.array(values) for name, values in columns.items()})
    return accumulator.extract(accumulator.add(accumulator.create(), batch))


def parsed(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def reasons(anomalies, name="f") -> list[str]:
    return [anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in anomalies.anomaly_info[name].reason]


NAN, INF = float("nan"), float("inf")

BREACHES = [
    ("FEATURE_TYPE_NOT_PRESENT", [None, None], "type: INT presence {min_count: 1}"),
    ("FEATURE_TYPE_LOW_NUMBER_PRESENT", [[1], None], "type: INT presence {min_count: 2}"),
    ("FEATURE_TYPE_LOW_FRACTION_PRESENT", [[1], None], "type: INT presence {min_fraction: 1}"),
    ("FEATURE_TYPE_LOW_NUMBER_VALUES", [[1], [1, 2]], "type: INT value_count {min: 2}"),
    ("FEATURE_TYPE_HIGH_NUMBER_VALUES", [[1], [1, 2]], "type: INT value_count {max: 1}"),
    ("VALUE_NESTEDNESS_MISMATCH", [[1]], "type: INT value_counts {value_count {min: 1} value_count {min: 1}}"),
    ("INVALID_FEATURE_SHAPE", [[1], [1, 2]], "type: INT shape {dim {size: 1}}"),
    ("UNEXPECTED_DATA_TYPE", [[1.5]], "type: INT"),
    ("ENUM_TYPE_UNEXPECTED_STRING_VALUES", [[b"a"], [b"b"]], 'type: BYTES string_domain {value: "a"}'),
    ("ENUM_TYPE_INVALID_UTF8", [[b"\xff"]], 'type: BYTES string_domain {value: "a"}'),
    ("BOOL_TYPE_SMALL_INT", [[-1], [1]], "type: INT bool_domain {}"),
    ("BOOL_TYPE_BIG_INT", [[0], [2]], "type: INT bool_domain {}"),
    ("BOOL_TYPE_UNEXPECTED_FLOAT", [[0.0], [0.5], [1.0]], "type: FLOAT bool_domain {}"),
    ("BOOL_TYPE_UNEXPECTED_STRING", [[b"maybe"]], 'type: BYTES bool_domain {true_value: "y" false_value: "n"}'),
    ("BOOL_TYPE_INVALID_CONFIG", [[b"y"]], "type: BYTES bool_domain {}"),
    ("INT_TYPE_SMALL_INT", [[1], [9]], "type: INT int_domain {min: 2}"),
    ("INT_TYPE_BIG_INT", [[1], [9]], "type: INT int_domain {max: 8}"),
    ("INT_TYPE_BIG_INT", [[1], [2**63 - 1]], "type: INT int_domain {max: 8}"),
    ("INT_TYPE_SMALL_INT", [[1], [-(2**63)]], "type: INT int_domain {min: 2}"),
    ("BOOL_TYPE_BIG_INT", [[1], [2**63 - 1]], "type: INT bool_domain {}"),
    ("INT_TYPE_NOT_INT_STRING", [[b"1" * 5000]], "type: BYTES int_domain {}"),
    ("INT_TYPE_NOT_INT_STRING", [[b"1"], [b"1.5"]], "type: BYTES int_domain {}"),
    ("INT_TYPE_BIG_INT", [[b"1"], [b"15"]], "type: BYTES int_domain {max: 8}"),
    ("FLOAT_TYPE_SMALL_FLOAT", [[1.0]], "type: FLOAT float_domain {min: 2}"),
    ("FLOAT_TYPE_BIG_FLOAT", [[3.0]], "type: FLOAT float_domain {max: 2}"),
    ("FLOAT_TYPE_STRING_NOT_FLOAT", [[b"1.5"], [b"x"]], "type: BYTES float_domain {}"),
    ("FLOAT_TYPE_HAS_NAN", [[NAN], [1.0]], "type: FLOAT float_domain {disallow_nan: true}"),
    ("FLOAT_TYPE_HAS_NAN", [[NAN]], "type: FLOAT float_domain {disallow_nan: true}"),
    ("FLOAT_TYPE_HAS_INF", [[INF], [1.0]], "type: FLOAT float_domain {disallow_inf: true}"),
    ("FEATURE_TYPE_LOW_UNIQUE", [[b"a"]], "type: BYTES unique_constraints {min: 2}"),
    ("FEATURE_TYPE_HIGH_UNIQUE", [[b"a"], [b"b"]], "type: BYTES unique_constraints {max: 1}"),
    ("FEATURE_TYPE_NO_UNIQUE", [[1]], "type: INT unique_constraints {min: 1}"),
    ("INVALID_DOMAIN_SPECIFICATION", [[b"a"]], 'type: BYTES domain: "nothing"'),
    ("DOMAIN_INVALID_FOR_TYPE", [[1]], 'type: INT string_domain {value: "a"}'),
    ("INVALID_SCHEMA_SPECIFICATION", [[1]], "type: INT presence {min_count: -1}"),
    ("FEATURE_MISSING_TYPE", [[1]], ""),
    ("STATS_NOT_AVAILABLE", [[b"a"]], "type: BYTES natural_language_domain {coverage {min_coverage: 0.5}}"),
]


@pytest.mark.parametrize(("kind", "values", "text"), BREACHES)
def test_a_breach_is_one_anomaly_of_its_kind(kind, values, text):
    anomalies = validate_statistics(statistics(f=values), parsed(f'feature {{name: "f" {text}}}'))
    assert reasons(anomalies) == [kind]
    info = anomalies.anomaly_info["f"]
    assert info.severity == anomalies_pb2.AnomalyInfo.ERROR
    assert info.short_description
    assert info.description
    assert list(info.path.step) == ["f"]


@pytest.mark.parametrize(("kind", "values", "text"), [breach for breach in BREACHES if breach[2]])
def test_the_updated_schema_accepts_the_data(kind, values, text):
    data = statistics(f=values)
    updated = update_schema(parsed(f'feature {{name: "f" {text}}}'), data)
    assert not validate_statistics(data, updated).anomaly_info


def test_several_breaches_of_a_feature_are_several_reasons():
    schema = parsed('feature {name: "f" type: INT presence {min_fraction: 1} int_domain {max: 3}}')
    anomalies = validate_statistics(statistics(f=[[4], None]), schema)
    assert reasons(anomalies) == ["FEATURE_TYPE_LOW_FRACTION_PRESENT", "INT_TYPE_BIG_INT"]
    assert anomalies.anomaly_info["f"].short_description == "Multiple errors"


def test_columns_may_be_new_or_missing():
    schema = parsed('feature {name: "gone" type: INT presence {min_count: 1}}')
    anomalies = validate_statistics(statistics(f=[[1]]), schema)
    assert reasons(anomalies) == ["SCHEMA_NEW_COLUMN"]
    assert reasons(anomalies, "gone") == ["SCHEMA_MISSING_COLUMN"]


def test_some_values_outside_a_domain_can_be_tolerated():
    text = 'type: BYTES string_domain {value: "a"} distribution_constraints {min_domain_mass: 0.7}'
    schema = parsed(f'feature {{name: "f" {text}}}')
    assert not validate_statistics(statistics(f=[[b"a"]] * 3 + [[b"b"]]), schema).anomaly_info
    assert validate_statistics(statistics(f=[[b"a"]] * 2 + [[b"b"]]), schema).anomaly_info


def test_an_environment_leaves_features_out():
    schema = parsed(
        'default_environment: "TRAINING" default_environment: "SERVING"'
        ' feature {name: "f" type: INT presence {min_count: 1} not_in_environment: "SERVING"}'
    )
    without = statistics(g=pa.array([None], pa.list_(pa.int64())))
    assert "f" in validate_statistics(without, schema, environment="TRAINING").anomaly_info
    assert "f" not in validate_statistics(without, schema, environment="SERVING").anomaly_info
    assert reasons(validate_statistics(statistics(f=[[1]]), schema, environment="SERVING")) == ["SCHEMA_NEW_COLUMN"]
    with pytest.raises(ConfigError, match="default_environment"):
        validate_statistics(without, schema, environment="NOWHERE")


@pytest.mark.parametrize("stage", ["PLANNED", "ALPHA", "DEPRECATED", "DEBUG_ONLY", "DISABLED"])
def test_features_that_are_not_in_production_are_left_alone(stage):
    schema = parsed(f'feature {{name: "f" type: BYTES lifecycle_stage: {stage}}}')
    assert not validate_statistics(statistics(f=[[1]]), schema).anomaly_info


def test_data_without_examples_is_missing():
    anomalies = validate_statistics(StatisticsAccumulator().extract({"seen": 0, "slices": {}}), parsed(""))
    assert anomalies.data_missing


def test_the_number_of_examples_can_be_limited():
    data = statistics(f=[[1]] * 10)
    for text, kind in [
        ("min_examples_count: 11", "DATASET_LOW_NUM_EXAMPLES"),
        ("max_examples_count: 9", "DATASET_HIGH_NUM_EXAMPLES"),
    ]:
        schema = parsed(f'feature {{name: "f" type: INT}} dataset_constraints {{{text}}}')
        info = validate_statistics(data, schema).dataset_anomaly_info
        assert anomalies_pb2.AnomalyInfo.Type.Name(info.reason[0].type) == kind


def test_the_number_of_examples_can_be_compared_with_the_previous_span():
    text = "num_examples_drift_comparator {min_fraction_threshold: 0.5 max_fraction_threshold: 2}"
    schema = parsed(f'feature {{name: "f" type: INT}} dataset_constraints {{{text}}}')
    few, many = statistics(f=[[1]] * 2), statistics(f=[[1]] * 10)
    low = validate_statistics(few, schema, previous_statistics=many).dataset_anomaly_info
    high = validate_statistics(many, schema, previous_statistics=few).dataset_anomaly_info
    assert low.reason[0].type == anomalies_pb2.AnomalyInfo.COMPARATOR_LOW_NUM_EXAMPLES
    assert high.reason[0].type == anomalies_pb2.AnomalyInfo.COMPARATOR_HIGH_NUM_EXAMPLES


def test_drift_is_measured_even_below_its_threshold():
    schema = parsed('feature {name: "f" type: BYTES drift_comparator {infinity_norm {threshold: 0.4}}}')
    now, before = statistics(f=[[b"a"], [b"b"]]), statistics(f=[[b"a"]] * 3 + [[b"b"]])
    anomalies = validate_statistics(now, schema, previous_statistics=before)
    assert not anomalies.anomaly_info
    assert anomalies.drift_skew_info[0].drift_measurements[0].value == pytest.approx(0.25)


def test_skew_above_its_threshold_names_the_value_that_differs_most():
    schema = parsed('feature {name: "f" type: BYTES skew_comparator {infinity_norm {threshold: 0.1}}}')
    anomalies = validate_statistics(statistics(f=[[b"a"]]), schema, serving_statistics=statistics(f=[[b"b"]]))
    assert reasons(anomalies) == ["COMPARATOR_L_INFTY_HIGH"]
    assert "'a'" in anomalies.anomaly_info["f"].description


def test_a_feature_that_the_other_data_lacks_is_an_anomaly():
    schema = parsed('feature {name: "f" type: BYTES drift_comparator {infinity_norm {threshold: 0.1}}}')
    anomalies = validate_statistics(statistics(f=[[b"a"]]), schema, previous_statistics=statistics(g=[[b"a"]]))
    assert reasons(anomalies) == ["COMPARATOR_CONTROL_DATA_MISSING"]


def test_numbers_have_no_infinity_norm():
    schema = parsed('feature {name: "f" type: INT drift_comparator {infinity_norm {threshold: 0.1}}}')
    anomalies = validate_statistics(statistics(f=[[1]]), schema, previous_statistics=statistics(f=[[1]]))
    assert reasons(anomalies) == ["INVALID_SCHEMA_SPECIFICATION"]


def test_weighted_statistics_are_judged_by_weight():
    schema = parsed('feature {name: "f" type: INT presence {min_fraction: 0.5}} feature {name: "w" type: FLOAT}')
    data = statistics(StatsOptions(weight_feature="w"), f=[[1], None], w=[[1.0], [9.0]])
    assert reasons(validate_statistics(data, schema)) == ["FEATURE_TYPE_LOW_FRACTION_PRESENT"]


def test_sparse_and_weighted_features_are_refused():
    schema = parsed('sparse_feature {name: "s" index_feature {name: "i"} value_feature {name: "v"}}')
    with pytest.raises(NotSupportedError, match="sparse_feature"):
        validate_statistics(statistics(f=[[1]]), schema)
