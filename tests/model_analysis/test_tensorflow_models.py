"""Evaluating TensorFlow models gives the figures that Keras itself gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format

import gristmill.model_analysis as tfma
from gristmill.engine import LocalEngine
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.model_analysis.metrics import metric_from_config
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.proto.model_analysis_config_pb2 import MetricConfig

pytestmark = pytest.mark.tensorflow


def config(text: str) -> Any:
    return tfma.parse_eval_config(text)


def shared_model(path: str, eval_config: Any, **arguments: Any) -> Any:
    return tfma.default_eval_shared_model(path, eval_config=eval_config, **arguments)


def carried(name: str) -> MetricKey:
    return MetricKey(name, example_weighted=None)


def overall(examples: Any, path: str, text: str, **arguments: Any) -> dict[MetricKey, Any]:
    eval_config = config(text)
    found = tfma.evaluate(
        examples.shards,
        eval_config,
        models={"": shared_model(path, eval_config, **arguments)},
        engine=LocalEngine(workers=2),
        output_path=None,
    )
    return found.figures[()].metrics


@pytest.mark.parametrize("signature", ["", 'signature_name: "serving_default"'])
def test_metrics_that_a_keras_2_model_was_compiled_with_equal_its_own_evaluation(
    examples: Any, keras2_path: str, signature: str
) -> None:
    import tf_keras

    model = tf_keras.models.load_model(keras2_path)
    inputs = {name: examples.columns[name].reshape(-1, 1) for name in ("a", "b")}
    expected = model.evaluate(inputs, examples.columns["label"], batch_size=600, verbose=0, return_dict=True)
    metrics = overall(examples, keras2_path, f'model_specs {{ label_key: "label" {signature} }}')
    assert set(expected) == {"loss", "binary_accuracy", "accuracy", "precision", "mae"}
    for name, value in expected.items():
        assert metrics[carried(name)] == pytest.approx(value, rel=1e-5), name


def test_example_weights_count_in_the_loss_and_in_weighted_metrics_only(examples: Any, keras2_path: str) -> None:
    import tf_keras

    model = tf_keras.models.load_model(keras2_path)
    inputs = {name: examples.columns[name].reshape(-1, 1) for name in ("a", "b")}
    expected = model.evaluate(
        inputs,
        examples.columns["label"],
        sample_weight=examples.columns["weight"],
        batch_size=600,
        verbose=0,
        return_dict=True,
    )
    metrics = overall(examples, keras2_path, 'model_specs { label_key: "label" example_weight_key: "weight" }')
    for name, value in expected.items():
        assert metrics[carried(name)] == pytest.approx(value, rel=1e-5), name


@pytest.mark.parametrize("kind", ["archive", "export"])
def test_a_keras_3_model_is_evaluated_from_its_archive_and_from_its_export(
    examples: Any, keras3_paths: dict[str, str], kind: str
) -> None:
    import keras

    model = keras.saving.load_model(keras3_paths["archive"])
    inputs = {name: examples.columns[name].reshape(-1, 1) for name in ("a", "b")}
    expected = model.evaluate(inputs, examples.columns["label"], batch_size=600, verbose=0, return_dict=True)
    metrics = overall(
        examples,
        keras3_paths[kind],
        'model_specs { label_key: "label" } metrics_specs { metrics { class_name: "BinaryAccuracy" } '
        'metrics { class_name: "AUC" config: \'"num_thresholds": 200\' } '
        'metrics { class_name: "BinaryCrossEntropy" } }',
    )
    assert metrics[MetricKey("binary_accuracy")] == pytest.approx(expected["accuracy"], rel=1e-5)
    assert metrics[MetricKey("auc")] == pytest.approx(expected["auc"], abs=1e-5)
    assert metrics[MetricKey("binary_crossentropy")] == pytest.approx(expected["loss"], rel=1e-5)
    if kind == "archive":
        assert {carried("loss"), carried("accuracy"), carried("auc")} <= set(metrics)
        assert metrics[carried("loss")] == pytest.approx(expected["loss"], rel=1e-5)


def test_labels_and_slices_come_from_the_models_preprocessing_first(examples: Any, keras2_path: str) -> None:
    eval_config = config(
        'model_specs { label_key: "flipped" signature_name: "serving_default" '
        'preprocessing_function_names: "transform_features" } slicing_specs {} '
        'slicing_specs { feature_keys: "half" } metrics_specs { metrics { class_name: "MeanLabel" } }'
    )
    found = tfma.evaluate(
        examples.shards,
        eval_config,
        models={"": shared_model(keras2_path, eval_config)},
        engine=LocalEngine(workers=1),
        output_path=None,
    )
    labels, hours = 1 - examples.columns["label"], examples.columns["hour"] // 2
    assert found.figures[()].metrics[MetricKey("mean_label")] == pytest.approx(labels.mean())
    for half in (0, 1, 2):
        values = found.figures[(("half", half),)].metrics
        assert values[MetricKey("mean_label")] == pytest.approx(labels[hours == half].mean())


def test_a_plain_module_with_a_signature_on_features_is_evaluated(examples: Any, tmp_path: Path) -> None:
    import tensorflow as tf

    class Difference(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "a"), tf.TensorSpec([None], tf.float32, "b")])
        def __call__(self, a: Any, b: Any) -> Any:
            return {"scores": a - b, "other": a}

    module = Difference()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"predict": module.__call__})
    metrics = overall(
        examples,
        str(tmp_path / "m"),
        'model_specs { label_key: "label" } metrics_specs { metrics { class_name: "MeanPrediction" } }',
    )
    expected = (examples.columns["a"] - examples.columns["b"]).mean()
    assert metrics == {MetricKey("mean_prediction"): pytest.approx(expected, rel=1e-5)}


def test_metrics_that_only_keras_has_are_computed_by_keras_for_every_slice(examples: Any, keras3_paths: Any) -> None:
    import tf_keras

    eval_config = config(
        'model_specs { label_key: "label" } slicing_specs {} slicing_specs { feature_keys: "hour" } '
        'metrics_specs { metrics { class_name: "SquaredHinge" } metrics { class_name: "CosineSimilarity" } }'
    )
    found = tfma.evaluate(
        examples.shards,
        eval_config,
        models={"": shared_model(keras3_paths["export"], eval_config)},
        engine=LocalEngine(workers=2),
        output_path=None,
    )
    import keras

    model = keras.saving.load_model(keras3_paths["archive"])
    inputs = {name: examples.columns[name].reshape(-1, 1) for name in ("a", "b")}
    predictions = model.predict(inputs, verbose=0)
    for rows, key in [(np.arange(600), ()), (np.flatnonzero(examples.columns["hour"] == 3), (("hour", 3),))]:
        metric = tf_keras.metrics.SquaredHinge()
        metric.update_state(examples.columns["label"][rows, None].astype("float32"), predictions[rows])
        value = found.figures[key].metrics[MetricKey("squared_hinge")]
        assert value == pytest.approx(float(metric.result()), rel=1e-5)


def test_a_baseline_gives_differences_and_change_thresholds_decide(
    examples: Any, keras2_path: str, keras3_paths: dict[str, str], tmp_path: Path
) -> None:
    eval_config = config(
        'model_specs { label_key: "label" } metrics_specs { metrics { class_name: "BinaryAccuracy" '
        "threshold { change_threshold { direction: HIGHER_IS_BETTER absolute { value: 0.5 } } } } }"
    )
    with_baseline = tfma.update_eval_config_with_defaults(eval_config, has_baseline=True)
    models = {
        "candidate": shared_model(keras3_paths["export"], with_baseline, model_name="candidate"),
        "baseline": shared_model(keras2_path, with_baseline, model_name="baseline"),
    }
    found = tfma.evaluate(
        examples.shards, eval_config, models=models, engine=LocalEngine(workers=2), output_path=str(tmp_path)
    )
    metrics = found.figures[()].metrics
    key = MetricKey("binary_accuracy", "candidate")
    change = metrics[key] - metrics[MetricKey("binary_accuracy", "baseline")]
    assert metrics[MetricKey("binary_accuracy", "candidate", is_diff=True)] == pytest.approx(change)
    assert not found.validation.validation_ok
    failure = tfma.load_validation_result(str(tmp_path)).metric_validations_per_slice[0].failures[0]
    assert failure.metric_key.is_diff
    assert failure.metric_value.double_value.value == pytest.approx(change)
    shown = tfma.load_eval_result(str(tmp_path)).get_metrics_for_slice()
    assert shown is not None
    assert shown["binary_accuracy_diff"] == {"doubleValue": pytest.approx(change)}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ('signature_name: "nowhere"', "no signature 'nowhere'"),
        ('preprocessing_function_names: "missing"', "no attribute or signature 'missing'"),
        ('prediction_key: "x" label_key: "lable"', "did you mean 'label'"),
    ],
)
def test_names_that_the_model_or_the_examples_lack_are_named(
    examples: Any, keras2_path: str, spec: str, message: str
) -> None:
    label = "" if "label_key" in spec else 'label_key: "label" '
    with pytest.raises(ConfigError, match=re.escape(message)):
        overall(
            examples,
            keras2_path,
            f'model_specs {{ {label}{spec} }} metrics_specs {{ metrics {{ class_name: "AUC" }} }}',
        )


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ('class_name: "Ours" module: "no_such_module"', r"named 'no_such_module'[\s\S]*, Ours: [\s\S]*PYTHONPATH"),
        (
            'class_name: "OrderDict" module: "collections"',
            r"no metric 'OrderDict'[\s\S]*'OrderedDict'\?",
        ),
        ('class_name: "OrderedDict" module: "collections"', r"is no Keras metric[\s\S]*tf_keras.metrics.Metric"),
        ("""class_name: "Poisson" config: '"nme": "p"'""", r"do not fit[\s\S]*its parameters are: name, dtype"),
    ],
)
def test_a_mistake_in_a_keras_metric_is_explained(metric: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        metric_from_config(text_format.Parse(metric, MetricConfig()))


def test_a_path_without_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no model at this path[\s\S]*none[\s\S]*Format-Serving"):
        tfma.default_eval_shared_model(str(tmp_path / "none"))


def test_a_directory_without_a_model_and_kinds_of_models_that_are_gone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape("saved_model.pb")):
        tfma.default_eval_shared_model(str(tmp_path))
    with pytest.raises(NotSupportedError, match="not evaluated"):
        tfma.default_eval_shared_model(str(tmp_path), eval_config=config('model_specs { model_type: "tf_lite" }'))
    (tmp_path / "saved_model.pb").write_bytes(b"not a model")
    with pytest.raises(DataError, match="cannot be restored"):
        tfma.default_eval_shared_model(str(tmp_path)).predictor()


def test_an_attribute_of_the_model_preprocesses_and_the_model_is_called_on_what_it_makes(
    examples: Any, tmp_path: Path
) -> None:
    import tensorflow as tf
    import tf_keras

    source = tf_keras.layers.Input(shape=(1,), name="difference")
    model = tf_keras.Model({"difference": source}, tf_keras.layers.Dense(1, kernel_initializer="ones")(source))
    takes = {
        "a": tf.TensorSpec([None, 1], tf.float32),
        "b": tf.TensorSpec([None, 1], tf.float32),
        "hour": tf.SparseTensorSpec([None, None], tf.int64),
    }

    @tf.function(input_signature=[takes])
    def preprocess(inputs: Any) -> Any:
        hour = tf.sparse.to_dense(inputs["hour"])
        return {"difference": inputs["a"] - inputs["b"], "late_xf": tf.cast(hour > 2, tf.int64)}

    model.preprocess = preprocess
    model.save(str(tmp_path / "m"), save_format="tf")
    eval_config = config(
        'model_specs { label_key: "late_xf" preprocessing_function_names: "preprocess" } slicing_specs {} '
        'slicing_specs { feature_keys: "late_xf" } '
        'metrics_specs { metrics { class_name: "MeanLabel" } metrics { class_name: "MeanPrediction" } }'
    )
    found = tfma.evaluate(
        examples.shards,
        eval_config,
        models={"": shared_model(str(tmp_path / "m"), eval_config)},
        engine=LocalEngine(workers=1),
        output_path=None,
    )
    late = examples.columns["hour"] > 2
    difference = examples.columns["a"] - examples.columns["b"]
    assert found.figures[()].metrics[MetricKey("mean_label")] == pytest.approx(late.mean())
    values = found.figures[(("late_xf", 1),)].metrics
    assert values[MetricKey("mean_prediction")] == pytest.approx(difference[late].mean(), rel=1e-4)


def test_the_outputs_of_a_model_have_labels_of_their_own_and_an_average(examples: Any, tmp_path: Path) -> None:
    import tensorflow as tf

    class TwoHeads(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "a"), tf.TensorSpec([None], tf.float32, "b")])
        def heads(self, a: Any, b: Any) -> Any:
            return {"first": a, "second": b}

    module = TwoHeads()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"serving_default": module.heads})
    metrics = overall(
        examples,
        str(tmp_path / "m"),
        'model_specs { label_keys { key: "first" value: "label" } label_keys { key: "second" value: "hour" } } '
        'metrics_specs { output_names: ["first", "second"] output_weights { key: "first" value: 1 } '
        'output_weights { key: "second" value: 3 } metrics { class_name: "MeanLabel" } }',
    )
    first, second = examples.columns["label"].mean(), examples.columns["hour"].mean()
    assert metrics == {
        MetricKey("mean_label", output_name="first"): pytest.approx(first),
        MetricKey("mean_label", output_name="second"): pytest.approx(second),
        MetricKey("mean_label"): pytest.approx((first + 3 * second) / 4),
    }
