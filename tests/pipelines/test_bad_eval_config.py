"""What is wrong in an EvalConfig ends in one error that names the step, what is wrong, and what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

from .command_line import pipeline_of, run_in

pytestmark = pytest.mark.tensorflow

LINES = (
    "import gristmill.model_analysis as tfma",
    'model = Importer(source_uri=os.path.join(HERE, "model"), artifact_type=Model).with_id("model")',
    "config = tfma.EvalConfig(",
    "    model_specs=[tfma.ModelSpec(signature_name='serving_default', label_key=LABEL)],",
    "    slicing_specs=[tfma.SlicingSpec(), tfma.SlicingSpec(feature_keys=[SLICE])],",
    "    metrics_specs=[tfma.MetricsSpec(metrics=[tfma.MetricConfig(class_name=METRIC)])])",
    "evaluator = Evaluator(examples=gen.outputs['examples'], model=model.outputs['result'], eval_config=config)",
)
FINE = {"LABEL": "n", "SLICE": "word", "METRIC": "MeanSquaredError"}
CASES = {
    "an unknown metric": ({"METRIC": "MeanSquaredErorr"}, ["MeanSquaredErorr", "did you mean 'MeanSquaredError'?"]),
    "an unknown label": ({"LABEL": "m"}, ["label", "'m'", "n, word"]),
    "an unknown slice": ({"SLICE": "wrd"}, ["wrd", "did you mean 'word'?"]),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that predicts 1.0 for every example."""
    import tensorflow as tf

    class Ones(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
        def serve(self, examples):  # type: ignore[no-untyped-def]
            return {"outputs": tf.ones([tf.size(examples), 1])}

    ones, folder = Ones(), tmp_path_factory.mktemp("model")
    tf.saved_model.save(ones, str(folder / "Format-Serving"), signatures={"serving_default": ones.serve})
    return folder


def config_of(changes: dict[str, str]) -> str:
    names = [f"{name} = {value!r}" for name, value in {**FINE, **changes}.items()]
    return pipeline_of(*names, *LINES, nodes="gen, model, evaluator")


@pytest.mark.parametrize("case", CASES)
def test_the_mistake_is_told_with_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Path, case: str
) -> None:
    changes, words = CASES[case]
    (tmp_path / "model").symlink_to(model)
    outcome = run_in(tmp_path, monkeypatch, {"pipeline.py": config_of(changes)})
    outcome.check_told_once()
    assert outcome.message.startswith("Evaluator failed"), outcome.message
    assert [word for word in words if word not in outcome.message] == [], outcome.message
    outcome.check_step_failed("Evaluator")


def test_the_same_without_a_mistake_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Path) -> None:
    (tmp_path / "model").symlink_to(model)
    outcome = run_in(tmp_path, monkeypatch, {"pipeline.py": config_of({})})
    assert outcome.code == 0, outcome.error
