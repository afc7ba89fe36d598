"""What a preprocessing_fn may not do ends in one clear error."""

import traceback

import pytest
import tensorflow as tf

import gristmill.transform as tft
from gristmill.errors import ConfigError, DataError, UserCodeError

pytestmark = pytest.mark.tensorflow

SPEC = {"x": tf.io.FixedLenFeature([], tf.float32)}
ROWS = [{"x": 1.0}, {"x": 2.0}, {"x": 3.0}]


def squeezed(inputs):
    return {"o": tf.squeeze(tf.ensure_shape(inputs["x"], [None]))}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda inputs: None, "must return a dict"),
        (lambda inputs: [inputs["x"]], "must return a dict"),
        (lambda inputs: {}, "at least one output"),
        (lambda inputs: {1: inputs["x"]}, "names of preprocessing_fn's outputs"),
        (lambda inputs: {"o": 5}, r"(?s)must be a Tensor.*column 'o'"),
        (
            lambda inputs: {"o": tf.cast(inputs["x"], tf.float64)},
            r"(?s)dtype string, int64 or float32.*column 'o'.*cast",
        ),
        (lambda inputs: {"o": tft.mean(inputs["x"])}, r"(?s)is a scalar.*column 'o'"),
        (lambda inputs: {"o": tf.zeros([3])}, r"(?s)keep the batch dimension.*column 'o'"),
        (squeezed, r"(?s)rows of a known shape.*column 'o'"),
    ],
)
def test_a_wrong_result_is_refused_and_the_output_named(transform, function, message):
    with pytest.raises(ConfigError, match=message):
        transform(function, ROWS, SPEC)


def test_an_output_that_loses_rows_is_refused_when_it_is_applied(transform):
    with pytest.raises(ConfigError, match=r"(?s)one row per example: 2 rows went in.*column 'o': '1 rows"):
        transform(lambda i: {"o": tf.boolean_mask(i["x"], i["x"] > 1.5)}, ROWS, SPEC)


def test_an_error_in_the_users_code_is_shown_as_the_users(transform):
    def preprocessing_fn(inputs):
        return {"o": {"x": inputs["x"]}["no such name"]}

    with pytest.raises(UserCodeError, match="KeyError: 'no such name'") as caught:
        transform(preprocessing_fn, ROWS, SPEC)
    frames = traceback.extract_tb(caught.value.__cause__.__traceback__)
    assert [frame.name for frame in frames] == ["preprocessing_fn"]


def test_a_feature_that_is_not_there_is_told_with_the_nearest_name_and_is_a_key_error(transform):
    with pytest.raises(KeyError, match="no input feature 'xx'") as caught:
        transform(lambda inputs: {"o": inputs["xx"]}, ROWS, SPEC)
    assert "did you mean 'x'?" in str(caught.value)


def test_an_operation_that_fails_on_the_data_is_a_data_error(transform):
    def preprocessing_fn(inputs):
        with tf.control_dependencies([tf.debugging.assert_less(inputs["x"], 2.5, message="too large")]):
            return {"o": tft.scale_to_z_score(tf.identity(inputs["x"]))}

    with pytest.raises(DataError, match=r"(?s)failed on a batch of examples.*too large"):
        transform(preprocessing_fn, ROWS, SPEC)


def test_an_assertion_that_no_output_waits_for_is_saved_with_the_transform(transform):
    def preprocessing_fn(inputs):
        tf.debugging.assert_less(inputs["x"], 2.5, message="too large")
        return {"o": inputs["x"] + 1.0}

    with pytest.raises(DataError, match=r"(?s)the transform failed.*too large"):
        transform(preprocessing_fn, ROWS, SPEC)
    assert transform(preprocessing_fn, ROWS[:2], SPEC).column("o") == [2.0, 3.0]


def test_inputs_may_be_changed_without_harm(transform):
    def preprocessing_fn(inputs):
        return {"o": inputs.pop("x") + 1}

    assert transform(preprocessing_fn, ROWS, SPEC).column("o") == [2.0, 3.0, 4.0]


def test_a_custom_config_reaches_the_function(transform):
    def preprocessing_fn(inputs, custom_config):
        return {"o": inputs["x"] * custom_config["factor"]}

    assert transform(preprocessing_fn, ROWS, SPEC, custom_config={"factor": 2}).column("o") == [2.0, 4.0, 6.0]


def test_a_custom_config_that_the_function_does_not_take_is_refused(transform):
    with pytest.raises(ConfigError, match=r"(?s)does not take one.*Hint"):
        transform(lambda inputs: inputs, ROWS, SPEC, custom_config={"factor": 2})


def test_a_schema_without_features_is_refused(transform):
    with pytest.raises(ConfigError, match="has no feature"):
        transform(lambda inputs: inputs, [], {})
