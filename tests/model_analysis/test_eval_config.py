"""EvalConfigs are parsed, verified and completed before any data is read."""

from __future__ import annotations

import pytest
from google.protobuf import json_format, text_format

import gristmill.model_analysis as tfma
from gristmill.errors import ConfigError


def parse(text: str) -> tfma.EvalConfig:
    return tfma.parse_eval_config(text)


def test_text_json_and_keywords_give_one_message() -> None:
    text = 'model_specs { label_key: "y" } metrics_specs { metrics { class_name: "AUC" config: \'"name": "a"\' } }'
    built = tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(label_key="y")],
        metrics_specs=[tfma.MetricsSpec(metrics=[tfma.MetricConfig(class_name="AUC", config='"name": "a"')])],
    )
    assert parse(text) == built
    assert parse(json_format.MessageToJson(built)) == built
    assert parse(json_format.MessageToJson(built, preserving_proto_field_name=True)) == built
    assert parse(text_format.MessageToString(built)) == built


def test_a_malformed_config_names_its_source_and_the_fields() -> None:
    with pytest.raises(ConfigError, match=r"eval\.pbtxt[\s\S]*model_specs, slicing_specs"):
        tfma.parse_eval_config("model_spec {}", source="eval.pbtxt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slicing_specs {}", r"at least one model spec[\s\S]*ModelSpec\(label_key='label'\)"),
        ('model_specs { label_key: "a" label_keys { key: "o" value: "b" } }', "only one of label_key and label_keys"),
        ('model_specs { name: "a" } model_specs { }', r"every model spec needs a name[\s\S]*name='candidate'"),
        ('model_specs { name: "a" } model_specs { name: "a" }', "names must differ"),
        ("model_specs { inference_batch_size: -1 }", r"must be positive[\s\S]*-1[\s\S]*leave it out"),
        ('model_specs { name: "a" is_baseline: true } model_specs { name: "b" is_baseline: true }', "at most one"),
        ('model_specs { } metrics_specs { model_names: "x" }', r"model_names\[0\]"),
        ("model_specs { } metrics_specs { metrics { } }", r"needs a class_name[\s\S]*class_name='AUC'"),
        (
            'model_specs { } metrics_specs { metrics { class_name: "AUC" per_slice_thresholds { } } }',
            "for which slices",
        ),
    ],
)
def test_verification_names_the_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tfma.verify_eval_config(parse(text))


def test_a_baseline_doubles_the_single_spec_and_none_removes_what_needs_one() -> None:
    config = parse(
        'model_specs { label_key: "y" } metrics_specs { metrics { class_name: "AUC" '
        "threshold { value_threshold { lower_bound { value: 0.5 } } change_threshold { absolute { value: 0 } } } } }"
    )
    both = tfma.update_eval_config_with_defaults(config, has_baseline=True)
    assert [(spec.name, spec.is_baseline) for spec in both.model_specs] == [("candidate", False), ("baseline", True)]
    assert list(both.metrics_specs[0].model_names) == ["candidate", "baseline"]
    with pytest.raises(ConfigError, match="rubber_stamp"):
        tfma.update_eval_config_with_defaults(config)
    alone = tfma.update_eval_config_with_defaults(config, rubber_stamp=True)
    assert [spec.name for spec in alone.model_specs] == [""]
    assert not tfma.has_change_threshold(alone)
    assert alone.metrics_specs[0].metrics[0].threshold.HasField("value_threshold")
    assert tfma.has_change_threshold(config), "the given config stays as it is"


def test_confidence_intervals_get_a_default_method() -> None:
    config = parse("options { compute_confidence_intervals { value: true } }")
    options = tfma.update_eval_config_with_defaults(config).options
    assert options.confidence_intervals.method == tfma.ConfidenceIntervalOptions.JACKKNIFE
