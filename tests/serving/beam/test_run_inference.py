"""RunInference and its relatives, on Beam's own runner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.ml.inference import base
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

import gristmill.io.tensors  # noqa: F401 - before tensorflow
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.proto import model_spec_pb2
from gristmill.serving.beam import (
    CreateModelHandler,
    RunInference,
    RunInferenceOnKeyedBatches,
    RunInferencePerModel,
    RunInferencePerModelOnKeyedBatches,
)

import tensorflow as tf  # isort: skip

pytestmark = [pytest.mark.tensorflow, pytest.mark.beam]


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """``serving_default`` doubles ``x`` and ``negative`` negates it; both take examples."""

    def parsed(examples: Any) -> Any:
        return tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([], tf.float32)})["x"]

    signature = [tf.TensorSpec([None], tf.string, name="examples")]
    model = tf.Module()
    model.double = tf.function(lambda examples: {"y": 2 * parsed(examples)}, input_signature=signature)
    model.negative = tf.function(lambda examples: {"y": -parsed(examples)}, input_signature=signature)
    path = str(tmp_path_factory.mktemp("models") / "model")
    tf.saved_model.save(model, path, signatures={"serving_default": model.double, "negative": model.negative})
    return path


def spec_of(path: str, *signatures: str, **batches: int) -> model_spec_pb2.InferenceSpecType:
    saved = {"model_path": path, "signature_name": signatures}
    return model_spec_pb2.InferenceSpecType(saved_model_spec=saved, batch_parameters=batches or None)


def example(x: float) -> tf.train.Example:
    return tf.train.Example(features={"feature": {"x": {"float_list": {"value": [x]}}}})


def answer(log: Any) -> float:
    return float(log.predict_log.response.outputs["y"].float_val[0])


def check(elements: list[Any], transform: Any, shown: Callable[[Any], Any], expected: list[Any]) -> None:
    with beam.Pipeline(FnApiRunner()) as pipeline:
        found = pipeline | beam.Create(elements) | transform | beam.Map(shown)
        assert_that(found, equal_to(expected))


@pytest.mark.parametrize("form", [example, lambda x: example(x).SerializeToString()])
def test_examples_become_logs(form: Callable[[float], Any], model_path: str) -> None:
    check([form(1.0), form(2.5)], RunInference(spec_of(model_path)), answer, [2.0, 5.0])


def test_keys_stay_with_their_predictions(model_path: str) -> None:
    pairs = [("a", example(1.0)), ("b", example(2.0))]
    check(pairs, RunInference(spec_of(model_path)), lambda pair: (pair[0], answer(pair[1])), [("a", 2.0), ("b", 4.0)])


def test_a_handler_goes_into_beam_s_own_transform(model_path: str) -> None:
    handler = CreateModelHandler(spec_of(model_path, "negative", min_batch_size=2, max_batch_size=3))
    assert handler.batch_elements_kwargs() == {"min_batch_size": 2, "max_batch_size": 3}
    check([example(float(x)) for x in range(7)], base.RunInference(handler), answer, [-float(x) for x in range(7)])
    keyed = base.RunInference(base.KeyedModelHandler(handler))
    check([(1, example(4.0))], keyed, lambda pair: (pair[0], answer(pair[1])), [(1, -4.0)])


def test_several_models_give_a_tuple_in_their_order(model_path: str) -> None:
    specs = [spec_of(model_path), spec_of(model_path, "negative")]
    check([example(1.0), example(3.0)], RunInferencePerModel(specs), answers, [(2.0, -1.0), (6.0, -3.0)])
    keyed = [("k", example(2.0))]
    check(keyed, RunInferencePerModel(specs), lambda pair: (pair[0], answers(pair[1])), [("k", (4.0, -2.0))])


def answers(logs: Any) -> tuple[float, ...]:
    return tuple(answer(log) for log in logs)


def test_batches_with_a_key_stay_together(model_path: str) -> None:
    batches = [("k", [example(1.0), example(2.0)])]
    check(
        batches,
        RunInferenceOnKeyedBatches(spec_of(model_path)),
        lambda pair: (pair[0], list(answers(pair[1]))),
        [("k", [2.0, 4.0])],
    )
    specs = [spec_of(model_path), spec_of(model_path, "negative")]
    check(
        batches,
        RunInferencePerModelOnKeyedBatches(specs),
        lambda pair: (pair[0], [answers(logs) for logs in pair[1]]),
        [("k", [(2.0, 4.0), (-1.0, -2.0)])],
    )


def test_a_model_may_be_loaded_by_the_user_s_function(model_path: str, tmp_path: Path) -> None:
    def load(path: str, tags: Any) -> Any:
        assert path == str(tmp_path)
        assert list(tags) == ["serve"]
        return tf.saved_model.load(model_path, tags=tags)

    transform = RunInference(spec_of(str(tmp_path)), load)
    check([example(1.0)], transform, answer, [2.0])


def test_an_element_that_is_no_example_is_refused(model_path: str) -> None:
    handler = CreateModelHandler(spec_of(model_path))
    with pytest.raises(DataError, match="inference takes"):
        handler.run_inference(["text"], handler.load_model())


def test_several_signatures_that_predict_are_refused(model_path: str) -> None:
    with pytest.raises(ConfigError, match="an example gets one log"):
        CreateModelHandler(spec_of(model_path, "serving_default", "negative")).load_model()


def test_arguments_and_remote_endpoints_are_refused(model_path: str) -> None:
    with pytest.raises(ConfigError, match="no arguments"):
        CreateModelHandler(spec_of(model_path)).validate_inference_args({"a": 1})
    remote = model_spec_pb2.InferenceSpecType(ai_platform_prediction_model_spec={"project_id": "p", "model_name": "m"})
    with pytest.raises(NotSupportedError, match="remote endpoint"):
        RunInference(remote)
    with pytest.raises(ConfigError, match="must have a model_path"):
        RunInference(model_spec_pb2.InferenceSpecType())
    with pytest.raises(ConfigError, match="at least one model"):
        RunInferencePerModel([])
