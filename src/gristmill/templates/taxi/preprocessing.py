"""What happens to a raw row before the model sees it; the very same graph runs in training and in serving."""

import features
import tensorflow as tf

import gristmill.transform as tft


def preprocessing_fn(inputs):
    """Maps raw columns (sparse: a cell may be empty) to dense model inputs and the label."""
    outputs = {}
    for name in features.NUMBERS:
        outputs[features.transformed(name)] = tft.scale_to_z_score(filled(inputs[name], tf.float32))
    for name in features.BUCKETED:
        outputs[features.transformed(name)] = tft.bucketize(filled(inputs[name], tf.float32), features.BUCKETS)
    for name in features.WORDS:
        outputs[features.transformed(name)] = tft.compute_and_apply_vocabulary(
            filled(inputs[name], tf.string),
            top_k=features.VOCABULARY_SIZE,
            num_oov_buckets=features.OOV_BUCKETS,
            vocab_filename=name,
        )
    for name, size in features.CATEGORIES.items():
        outputs[features.transformed(name)] = tf.clip_by_value(filled(inputs[name], tf.int64), 0, size - 1)

    fare, tips = filled(inputs[features.FARE], tf.float32), filled(inputs[features.TIPS], tf.float32)
    outputs[features.LABEL] = tf.cast(tips > 0.2 * fare, tf.int64)
    return outputs


def filled(x, dtype):
    """One value per row: the cell's, or 0 or "" where it is empty."""
    default = "" if dtype == tf.string else tf.cast(0, x.dtype)
    column = tf.sparse.SparseTensor(x.indices, x.values, [x.dense_shape[0], 1])
    dense = tf.squeeze(tf.sparse.to_dense(column, default), axis=1)
    return dense if dtype == tf.string else tf.cast(dense, dtype)
