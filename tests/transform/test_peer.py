"""Transforms pass between gristmill and the original tensorflow-transform package, and both compute the same.

The original lives in an environment of its own, which these tests find by name:

    python -m venv /tmp/tft && /tmp/tft/bin/pip install tensorflow-transform 'setuptools<81'
    GRISTMILL_TFT_PYTHON=/tmp/tft/bin/python pytest tests/transform/test_peer.py
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
import tensorflow as tf

import gristmill.transform as tft

SCRIPT = Path(__file__).with_name("peer_script.py")
SPEC = {"x": tf.io.FixedLenFeature([], tf.float32), "s": tf.io.VarLenFeature(tf.string)}
ROWS = [{"x": 1.0, "s": ["a", "b"]}, {"x": 2.0, "s": ["b"]}, {"x": 6.0, "s": []}]

pytestmark = [pytest.mark.tensorflow, pytest.mark.peer]


@pytest.fixture
def peer():
    """Runs a command of the script with the Python that has tensorflow-transform."""
    python = os.environ.get("GRISTMILL_TFT_PYTHON")
    if not python:
        pytest.skip("set GRISTMILL_TFT_PYTHON to a Python that has tensorflow-transform")

    def run(command, folder):
        environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1"}
        done = subprocess.run(
            [python, str(SCRIPT), command, folder], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def preprocessing_fn(inputs):
    return {
        "z": tft.scale_to_z_score(inputs["x"]),
        "bucket": tft.bucketize(inputs["x"], 3),
        "word": tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="words", num_oov_buckets=1),
    }


def test_the_original_reads_a_transform_made_here(peer, transform):
    made = transform(preprocessing_fn, ROWS, SPEC)
    theirs = peer("read", made.dir)
    assert theirs["made"]["bucket"] == made.column("bucket")
    assert theirs["made"]["z"] == pytest.approx(made.column("z"))
    assert theirs["made"]["word"] == [[1, 0], [0, -9], [-9, -9]]
    assert theirs["without_s"] == ["bucket", "z"]
    assert (theirs["size"], theirs["buckets"]) == (2, 3)


def test_a_transform_made_by_the_original_is_read_here(peer, transform, tmp_path):
    theirs = peer("write", str(tmp_path / "theirs"))
    output = tft.TFTransformOutput(str(tmp_path / "theirs"))
    words = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], ["a", "b", "b"], [3, 2])
    made = output.transform_raw_features({"x": tf.constant([1.0, 2.0, 6.0]), "s": words})
    ours = transform(preprocessing_fn, ROWS, SPEC)
    assert made["z"].numpy().tolist() == pytest.approx(ours.column("z"))
    assert made["bucket"].numpy().tolist() == ours.column("bucket") == theirs["made"]["bucket"]
    assert made["word"].values.numpy().tolist() == [1, 0, 0]
    assert sorted(output.transform_raw_features({"x": tf.constant([1.0])})) == ["bucket", "z"]
    assert output.vocabulary_by_name("words") == ours.lines("words")
    assert output.transformed_feature_spec() == tft.TFTransformOutput(ours.dir).transformed_feature_spec()
