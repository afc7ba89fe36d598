"""What a transform runs on workers survives the way to another process."""

from functools import partial

import pytest
import tensorflow as tf

import gristmill.transform as tft
from gristmill.components.transform import _transformed
from gristmill.engine import LocalEngine
from gristmill.io.examples import read_examples
from gristmill.io.tensors import schema_from_feature_spec
from gristmill.testing.shipping import check_shippable

pytest.importorskip("apache_beam")
pytestmark = [pytest.mark.tensorflow, pytest.mark.beam]

SPEC = {
    "x": tf.io.FixedLenFeature([], tf.float32),
    "word": tf.io.VarLenFeature(tf.string),
    "other": tf.io.FixedLenFeature([], tf.string, default_value="none"),
}
ROWS = [{"x": float(x), "word": ["a b", "c"][: x % 3], "other": f"o{x % 4}"} for x in range(12)]


class Checking(LocalEngine):
    """Checks every accumulator before it is used."""

    checked = 0

    def aggregate(self, shards, accumulator, *, reader=None, stage=""):
        batches = [batch for shard in shards for batch in reader(shard)]
        check_shippable(accumulator, batches)
        self.checked += 1
        return super().aggregate(shards, accumulator, reader=reader, stage=stage)


def everything(inputs):
    """Analyzers of each family; those of the second pass look up in vocabularies of the first."""
    numbers = tft.compute_and_apply_vocabulary(inputs["word"], vocab_filename="words", num_oov_buckets=1)
    other = tft.compute_and_apply_vocabulary(inputs["other"], top_k=3)
    dense = tf.sparse.to_dense(numbers, default_value=-1)
    with tf.init_scope():
        initializer = tf.lookup.KeyValueTensorInitializer(["o0", "o1"], tf.constant([5.0, 7.0]))
        own = tf.lookup.StaticHashTable(initializer, 0.0)
    return {
        "z": tft.scale_to_z_score(inputs["x"]),
        "bucket": tft.bucketize(inputs["x"], 4),
        "per_key": tft.scale_to_z_score_per_key(inputs["x"], inputs["other"], elementwise=False),
        "from_vocabulary": tft.scale_to_0_1(tf.cast(other, tf.float32)),
        "most": tf.zeros_like(inputs["x"]) + tf.cast(tft.max(dense), tf.float32),
        "own": tft.scale_by_min_max(own.lookup(inputs["other"])),
        "covariance": inputs["x"] + tft.covariance(tf.stack([inputs["x"], inputs["x"] ** 2], 1), tf.float32)[0, 0],
    }


def test_every_pass_of_an_analysis_and_the_transform_itself_can_be_shipped(tmp_path, write_shards):
    shards = write_shards(ROWS, SPEC, per_file=5)
    engine = Checking()
    summary = tft.analyze(everything, schema_from_feature_spec(SPEC), shards, engine=engine, output_dir=str(tmp_path))
    assert engine.checked == summary.phases == 2
    batches = [batch for shard in shards for batch in read_examples(shard)]
    for outputs in (None, ["z", "most"]):
        function = tft.transform_function(str(tmp_path), outputs)
        check_shippable(partial(_transformed, "train", function), batches)
