"""Evaluator and ModelValidator: figures, thresholds, comparison with a baseline, and the blessing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gristmill.model_analysis as tfma
from gristmill.components import Evaluator, ModelValidator
from gristmill.dsl.standard_artifacts import Model
from gristmill.errors import ConfigError, DataError, NotSupportedError

from .journeys import USER_CODE, Chain, Executed, channel_of, execute, rows_of, stored

pytestmark = pytest.mark.tensorflow


def config(
    *metrics: str, lower_bound: float | None = None, change: float | None = None, **spec: Any
) -> tfma.EvalConfig:
    """Metrics overall and by kind; the last one has the thresholds, overall."""
    threshold = tfma.MetricThreshold()
    if lower_bound is not None:
        threshold.value_threshold.lower_bound.value = lower_bound
    if change is not None:
        threshold.change_threshold.absolute.value = change
        threshold.change_threshold.direction = tfma.MetricDirection.HIGHER_IS_BETTER
    configs = [tfma.MetricConfig(class_name=name) for name in metrics]
    if threshold.ByteSize():
        configs[-1].per_slice_thresholds.add(slicing_specs=[tfma.SlicingSpec()], threshold=threshold)
    return tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(label_key="by_train", **spec)],
        slicing_specs=[tfma.SlicingSpec(), tfma.SlicingSpec(feature_keys=["kind"])],
        metrics_specs=[tfma.MetricsSpec(metrics=configs)],
    )


def evaluate(chain: Chain, folder: Path, eval_config: tfma.EvalConfig, **inputs: Any) -> Executed:
    options = {key: inputs.pop(key) for key in ("example_splits",) if key in inputs}
    given = {"examples": chain.examples, "model": chain.trainer["model"], **inputs}
    channels = {key: channel_of(value) for key, value in given.items()}
    return execute(Evaluator(eval_config=eval_config, **channels, **options), folder, **given)


def figures(made: Executed) -> dict[tuple[Any, ...], dict[str, float]]:
    result = tfma.load_eval_result(str(made.path("evaluation")))
    return {
        tuple(key): {name: value["doubleValue"] for name, value in metrics[""][""].items() if "doubleValue" in value}
        for key, metrics in result.slicing_metrics
    }


def expected_accuracy(chain: Chain, model: Any, split: str = "eval") -> tuple[list[bool], list[bytes]]:
    import tensorflow as tf

    from gristmill.io.tfrecord import read_records

    records = [r for file in sorted(Path(chain.examples.path(split=split)).iterdir()) for r in read_records(str(file))]
    serve = tf.saved_model.load(f"{model.uri}/Format-Serving").signatures["serving_default"]
    said = serve(examples=tf.constant(records))["outputs"].numpy().ravel() > 0.5
    rows = rows_of(chain.examples, split)
    return [bool(a == bool(row["by_train"])) for a, row in zip(said, rows, strict=True)], [r["kind"] for r in rows]


def test_figures_overall_and_by_slice_come_from_raw_examples_through_the_serving_signature(
    chain: Chain, tmp_path: Path
) -> None:
    made = evaluate(
        chain, tmp_path, config("ExampleCount", "BinaryAccuracy", signature_name="serving_default"), schema=chain.schema
    )
    right, kinds = expected_accuracy(chain, chain.trainer["model"])
    found = figures(made)
    assert found[()]["example_count"] == len(right)
    assert found[()]["binary_accuracy"] == pytest.approx(np.mean(right))
    for kind in ("bus", "tram", "ferry"):
        of_kind = [hit for hit, each in zip(right, kinds, strict=True) if each == kind.encode()]
        assert found[(("kind", kind),)]["example_count"] == len(of_kind)
        assert found[(("kind", kind),)]["binary_accuracy"] == pytest.approx(np.mean(of_kind))


def test_labels_may_come_from_a_preprocessing_function(chain: Chain, tmp_path: Path) -> None:
    plain = evaluate(chain, tmp_path, config("BinaryAccuracy"))
    transformed = evaluate(
        chain, tmp_path, config("BinaryAccuracy", preprocessing_function_names=["transform_features"])
    )
    assert figures(transformed)[()] == figures(plain)[()]


def test_the_splits_to_evaluate_can_be_named(chain: Chain, tmp_path: Path) -> None:
    made = evaluate(chain, tmp_path, config("ExampleCount"), example_splits=["train", "eval"])
    assert figures(made)[()]["example_count"] == 240
    with pytest.raises(ConfigError, match="'test'"):
        evaluate(chain, tmp_path, config("ExampleCount"), example_splits=["test"])


@pytest.mark.parametrize(("lower_bound", "blessed"), [(0.1, 1), (1.1, 0)])
def test_a_threshold_decides_the_blessing(chain: Chain, tmp_path: Path, lower_bound: float, blessed: int) -> None:
    made = evaluate(chain, tmp_path, config("ExampleCount", "BinaryAccuracy", lower_bound=lower_bound))
    blessing, model = made["blessing"], chain.trainer["model"]
    assert [path.name for path in made.path("blessing").iterdir()] == ["BLESSED" if blessed else "NOT_BLESSED"]
    assert blessing.get_int_custom_property("blessed") == blessed
    assert blessing.get_string_custom_property("current_model") == model.uri
    assert blessing.get_int_custom_property("current_model_id") == model.id
    assert blessing.get_string_custom_property("component_id") == "Evaluator"
    assert not blessing.has_custom_property("baseline_model")
    assert ("NOT blessed" in made.summary[0]) is not bool(blessed)
    validation = tfma.load_validation_result(str(made.path("evaluation")))
    assert validation.validation_ok is bool(blessed)


def test_without_thresholds_there_is_neither_file_nor_verdict(chain: Chain, tmp_path: Path) -> None:
    made = evaluate(chain, tmp_path, config("BinaryAccuracy"))
    assert list(made.path("blessing").iterdir()) == []
    assert not made["blessing"].has_custom_property("blessed")
    assert made["blessing"].get_int_custom_property("current_model_id") == chain.trainer["model"].id
    assert made.summary[0].endswith("no thresholds")


@pytest.fixture(scope="module")
def wrong_model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Predicts the train for nobody."""
    folder = tmp_path_factory.mktemp("wrong")
    import tensorflow as tf

    import gristmill.io.tensors  # noqa: F401  quiets TensorFlow
    from gristmill.dsl.user_module import load_user_module

    model = load_user_module(str(USER_CODE / "plain_model.py")).Threshold(1000.0)
    tf.saved_model.save(model, str(folder / "Format-Serving"), signatures={"serving_default": model.predict})
    return stored(Model, folder)


def test_a_model_that_is_worse_than_the_baseline_is_not_blessed(chain: Chain, wrong_model: Any, tmp_path: Path) -> None:
    gate = config("BinaryAccuracy", lower_bound=0.0, change=-0.01)
    good = chain.trainer["model"]
    worse = evaluate(chain, tmp_path, gate, model=wrong_model, baseline_model=good)
    better = evaluate(chain, tmp_path, gate, model=good, baseline_model=wrong_model)
    assert worse["blessing"].get_int_custom_property("blessed") == 0
    assert better["blessing"].get_int_custom_property("blessed") == 1
    assert better["blessing"].get_string_custom_property("baseline_model") == wrong_model.uri
    assert better["blessing"].get_int_custom_property("baseline_model_id") == wrong_model.id
    assert f"(baseline: model {wrong_model.id})" in better.summary[0]


def test_a_change_threshold_does_not_count_for_the_first_model(chain: Chain, wrong_model: Any, tmp_path: Path) -> None:
    gate = config("BinaryAccuracy", lower_bound=0.0, change=0.5)
    made = evaluate(chain, tmp_path, gate, model=wrong_model)
    assert made["blessing"].get_int_custom_property("blessed") == 1


def test_an_empty_baseline_is_none(chain: Chain, tmp_path: Path) -> None:
    component = Evaluator(
        channel_of(chain.examples),
        channel_of(chain.trainer["model"]),
        baseline_model=channel_of(chain.trainer["model"]),
        eval_config=config("BinaryAccuracy", lower_bound=0.1, change=-0.1),
    )
    made = execute(component, tmp_path, examples=chain.examples, model=chain.trainer["model"], baseline_model=[])
    assert made["blessing"].get_int_custom_property("blessed") == 1
    assert "(baseline: none)" in made.summary[0]


def test_an_eval_model_is_preferred_where_there_is_one(chain: Chain, tmp_path: Path, wrong_model: Any) -> None:
    folder = tmp_path / "both"
    for form, source in (("Format-Serving", chain.trainer["model"]), ("Format-TFMA", wrong_model)):
        folder.mkdir(exist_ok=True)
        (folder / form).symlink_to(f"{source.uri}/Format-Serving", target_is_directory=True)
    both = evaluate(chain, tmp_path, config("BinaryAccuracy"), model=stored(Model, folder))
    wrong = evaluate(chain, tmp_path, config("BinaryAccuracy"), model=wrong_model)
    assert figures(both) == figures(wrong)


def test_names_are_checked_against_the_schema_before_the_pass(chain: Chain, tmp_path: Path) -> None:
    wrong = config("BinaryAccuracy")
    wrong.slicing_specs[1].feature_keys[:] = ["knd"]
    with pytest.raises(ConfigError, match=r"(?s)'knd'.*did you mean 'kind'"):
        evaluate(chain, tmp_path, wrong, schema=chain.schema)


def test_the_configuration_may_be_a_dict(chain: Chain) -> None:
    component = Evaluator(
        channel_of(chain.examples),
        channel_of(chain.trainer["model"]),
        eval_config={"model_specs": [{"label_key": "by_train"}]},
    )
    assert "by_train" in component.exec_properties["eval_config"]


@pytest.mark.parametrize(
    "options", [{"feature_slicing_spec": {}}, {"module_file": "a.py"}, {"fairness_indicator_thresholds": [0.5]}]
)
def test_what_is_not_there_is_refused_with_a_hint(chain: Chain, options: dict[str, Any]) -> None:
    with pytest.raises(NotSupportedError, match="Hint"):
        Evaluator(channel_of(chain.examples), channel_of(chain.trainer["model"]), eval_config=config(), **options)


def test_the_model_validator_blesses_what_predicts(chain: Chain, wrong_model: Any, tmp_path: Path) -> None:
    component = ModelValidator(channel_of(chain.examples), channel_of(chain.trainer["model"]))
    made = execute(component, tmp_path, examples=chain.examples, model=chain.trainer["model"])
    assert made["blessing"].get_int_custom_property("blessed") == 1
    assert [path.name for path in made.path("blessing").iterdir()] == ["BLESSED"]
    strict = ModelValidator(
        channel_of(chain.examples), channel_of(wrong_model), eval_config=config("BinaryAccuracy", lower_bound=0.9)
    )
    refused = execute(strict, tmp_path, examples=chain.examples, model=wrong_model)
    assert refused["blessing"].get_int_custom_property("blessed") == 0
    assert refused.summary == ["NOT blessed"]


def test_a_model_that_chokes_on_the_examples_is_a_data_error(chain: Chain, tmp_path: Path) -> None:
    import tensorflow as tf

    class NoGaps(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
        def predict(self, examples: tf.Tensor) -> tf.Tensor:
            return tf.io.parse_example(examples, {"distance": tf.io.FixedLenFeature([], tf.float32)})["distance"]

    model = NoGaps()
    tf.saved_model.save(model, str(tmp_path / "Format-Serving"), signatures={"serving_default": model.predict})
    with pytest.raises(DataError, match="the model failed on a batch"):
        evaluate(chain, tmp_path, config("BinaryAccuracy"), model=stored(Model, tmp_path))
