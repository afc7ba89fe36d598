"""Run by a Python that has tensorflow-serving-api: reads prediction logs of ours."""

import json
import sys

import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2


def described(record):
    log = prediction_log_pb2.PredictionLog.FromString(record)
    kind = log.WhichOneof("log_type")
    if kind == "predict_log":
        outputs = log.predict_log.response.outputs
        return [kind, {name: tf.make_ndarray(tensor).tolist() for name, tensor in outputs.items()}]
    if kind == "multi_inference_log":
        classified, regressed = log.multi_inference_log.response.results
        [example] = log.multi_inference_log.request.input.example_list.examples
        [classes] = classified.classification_result.classifications
        [regression] = regressed.regression_result.regressions
        return [kind, sorted(example.features.feature), [each.label for each in classes.classes], regression.value]
    raise AssertionError(kind)


json.dump(
    [described(record.numpy()) for record in tf.data.TFRecordDataset(sys.argv[1], "GZIP")],
    sys.stdout,
    default=bytes.decode,
)
