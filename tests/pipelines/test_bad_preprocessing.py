"""What is wrong in a preprocessing_fn ends in one error that names the step, the output, the user's file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

from .command_line import Outcome, pipeline_of, run_in

pytestmark = pytest.mark.tensorflow

LINES = (
    'stats = StatisticsGen(gen.outputs["examples"])',
    'schema = SchemaGen(stats.outputs["statistics"], infer_feature_shape=True)',
    'transform = Transform(gen.outputs["examples"], schema.outputs["schema"],',
    '                      module_file=os.path.join(HERE, "features.py"))',
)
PIPELINE = pipeline_of(*LINES, nodes="gen, stats, schema, transform")
HEAD = "import tensorflow as tf\nimport gristmill.transform as tft\n\ndef preprocessing_fn(inputs):\n"

# The body of the function, which begins in line 5; what the message says; the place that it names.
BODIES = {
    "returns nothing": ("    inputs['n']\n", ["must return a dict", "return outputs"], "features.py, line 4"),
    "returns a tensor": ("    return inputs['n']\n", ["must return a dict"], "features.py, line 4"),
    "returns no output": ("    return {}\n", ["at least one output"], "features.py, line 4"),
    "a number": ("    return {'m': 3.5}\n", ["must be a Tensor", "column 'm'", "3.5"], "features.py, line 4"),
    "a name that is no text": (
        "    return {1: inputs['n']}\n",
        ["must be strings", "name it '1'"],
        "features.py, line 4",
    ),
    "complex numbers": (
        "    return {'z': tf.complex(tf.cast(inputs['n'], tf.float32), 0.0)}\n",
        ["string, int64 or float32", "column 'z'", "complex64", "tf.cast"],
        "features.py, line 4",
    ),
    "a scalar": (
        "    return {'m': tft.mean(inputs['n'])}\n",
        ["one row per example", "column 'm'"],
        "features.py, line 4",
    ),
    "a batch of its own": (
        "    return {'m': tf.zeros([7])}\n",
        ["batch dimension", "column 'm'"],
        "features.py, line 4",
    ),
    "no such feature": (
        "    return {'w': inputs['wrd']}\n",
        ["no input feature 'wrd'", "did you mean 'word'?"],
        "features.py, line 5",
    ),
    "an analyzer of another dtype": (
        "    return {'m': inputs['n'], 'x': tft.scale_to_z_score(inputs['word'])}\n",
        ["are of numbers", "string", "compute_and_apply_vocabulary"],
        "features.py, line 5",
    ),
    "the function raises": ("    raise ValueError('boom')\n", ["ValueError: boom"], "features.py, line 5"),
}


def transformed_by(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> Outcome:
    return run_in(folder, monkeypatch, {"pipeline.py": PIPELINE, "features.py": source})


@pytest.mark.parametrize("case", BODIES)
def test_the_mistake_is_told_with_its_place_and_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    body, words, place = BODIES[case]
    outcome = transformed_by(tmp_path, monkeypatch, HEAD + body)
    outcome.check_told_once()
    assert outcome.message.startswith("Transform failed"), outcome.message
    assert [word for word in [*words, place] if word not in outcome.message] == [], outcome.message
    outcome.check_step_failed("Transform")
