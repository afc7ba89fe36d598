"""PredictedExamples: the examples as they were, with predictions as further features."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from gristmill.errors import ConfigError, DataError
from gristmill.proto import OutputExampleSpec
from gristmill.serving.inference import OutputColumn, PredictedExamples, Reading, ServedModel, output_columns

from .conftest import assert_rows, records_of

needs_tensorflow = pytest.mark.tensorflow


def spec_of(*specs: dict[str, Any]) -> OutputExampleSpec:
    return OutputExampleSpec(output_columns_spec=specs)


def predicted(records: pa.RecordBatch, uri: str, *specs: dict[str, Any]) -> dict[str, list[Any]]:
    columns = output_columns(spec_of(*specs))
    signatures = tuple(dict.fromkeys(column.signature for column in columns))
    found: dict[str, list[Any]] = PredictedExamples(ServedModel(uri, signatures), columns, "eval")(records)[
        "eval"
    ].to_pydict()
    return found


@needs_tensorflow
def test_columns_of_several_signatures_stand_beside_the_features(
    records: pa.RecordBatch, served_with_methods: str
) -> None:
    found = predicted(
        records,
        served_with_methods,
        {"classify_output": {"label_column": "label", "score_column": "score"}},
        {"signature_name": "regress", "regress_output": {"value_column": "value"}},
        {
            "signature_name": "predict",
            "predict_output": {"output_columns": [{"output_key": "scores", "output_column": "all"}]},
        },
    )
    assert list(found) == ["all", "distance", "kind", "label", "score", "seats", "value"]
    assert found["seats"] == [[-1], [2], [300]]
    assert found["kind"] == [[b"bus"], [b"tram"], [b"bus"]]
    assert found["label"] == [[b"near", b"far"]] * 3
    assert_rows(found["score"], [[1.0, 0.0], [0.85, 0.15], [0.4, 0.6]])
    assert_rows(found["value"], [[0.0], [30.0], [120.0]])
    assert found["all"] == found["score"]


@needs_tensorflow
def test_a_tensorflow_2_signature_is_read_by_the_names_of_its_outputs(
    records: pa.RecordBatch, plain_model: str
) -> None:
    found = predicted(
        records,
        plain_model,
        {"signature_name": "classes", "classify_output": {"label_column": "label"}},
        {"signature_name": "raw", "regress_output": {"value_column": "sum"}},
    )
    assert found["label"] == [[b"near", b"far"]] * 3
    assert found["sum"] == [[-1.0], [5.0], [312.0]]


@needs_tensorflow
def test_outputs_become_the_types_that_features_have(records: pa.RecordBatch, plain_model: str) -> None:
    wanted = ("doubled", "small", "exact", "far", "words")
    columns = [{"output_key": name, "output_column": name} for name in wanted]
    found = predicted(records, plain_model, {"signature_name": "many", "predict_output": {"output_columns": columns}})
    assert {name: found[name][2] for name in wanted} == {
        "doubled": [600],
        "small": [300],
        "exact": [12.0],
        "far": [1],
        "words": [b"bus", b"BUS"],
    }


@needs_tensorflow
def test_a_feature_that_is_missing_stays_missing(plain_model: str) -> None:
    found = predicted(
        records_of(distance=[1.0, 2.0], seats=[None, 3]), plain_model, {"regress_output": {"value_column": "value"}}
    )
    assert found["seats"] == [None, [3]]


@needs_tensorflow
def test_a_column_must_not_replace_a_feature(records: pa.RecordBatch, plain_model: str) -> None:
    with pytest.raises(ConfigError, match="must not have the name of a feature"):
        predicted(records, plain_model, {"regress_output": {"value_column": "seats"}})


@needs_tensorflow
@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"classify_output": {"label_column": "label"}}, "has no output 'classes'"),
        ({"predict_output": {"output_columns": [{"output_key": "x", "output_column": "y"}]}}, "has no output 'x'"),
        (
            {"signature_name": "many", "predict_output": {"output_columns": [{"output_column": "y"}]}},
            "which one is meant is not told",
        ),
        ({"signature_name": "nothing", "regress_output": {"value_column": "value"}}, "has no signature 'nothing'"),
    ],
)
def test_what_the_model_does_not_give_is_told_before_the_pass(
    spec: dict[str, Any], message: str, plain_model: str
) -> None:
    columns = output_columns(spec_of(spec))
    with pytest.raises(ConfigError, match=message):
        PredictedExamples(ServedModel(plain_model, (columns[0].signature,)), columns, "eval").load()


@needs_tensorflow
def test_a_regression_of_several_outputs_names_them(records: pa.RecordBatch, plain_model: str) -> None:
    with pytest.raises(ConfigError, match="has no output 'outputs'"):
        predicted(records, plain_model, {"signature_name": "many", "regress_output": {"value_column": "value"}})


@needs_tensorflow
def test_a_regression_is_one_number(records: pa.RecordBatch, served_with_methods: str) -> None:
    with pytest.raises(DataError, match="one number per example"):
        predicted(
            records, served_with_methods, {"signature_name": "predict", "regress_output": {"value_column": "value"}}
        )


def test_a_signature_that_is_not_named_is_the_one_that_is_called() -> None:
    spec = spec_of({"regress_output": {"value_column": "value"}})
    assert output_columns(spec, ["tips"]) == (OutputColumn("value", "tips", Reading.REGRESSION),)
    assert output_columns(spec)[0].signature == "serving_default"


@pytest.mark.parametrize(
    ("specs", "signatures", "message"),
    [
        ([], [], "at least one column"),
        ([{"signature_name": "a"}], [], "at least one column"),
        ([{"regress_output": {}}], [], "needs a name"),
        ([{"regress_output": {"value_column": "x"}}] * 2, [], "different names"),
        ([{"regress_output": {"value_column": "x"}}], ["a", "b"], "must name their signature"),
        ([{"signature_name": "c", "regress_output": {"value_column": "x"}}], ["a"], "a signature that is not called"),
    ],
)
def test_a_specification_that_makes_no_sense_is_refused(
    specs: list[dict[str, Any]], signatures: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        output_columns(spec_of(*specs), signatures)
