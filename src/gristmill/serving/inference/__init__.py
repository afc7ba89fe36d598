"""Batched inference: a model's signatures over serialized tf.Examples, to prediction logs or to further features.

    model = ServedModel("serving/tips/1")
    sink = ExamplesSink({"prediction_logs": "predictions"}, prefix="prediction_logs")
    LocalEngine().map(split_shards(examples, "eval"), PredictionLogs(model), sink, reader=NumberedRecords())

Importing this package loads no TensorFlow; calling a function does.
"""

from gristmill.serving.inference.functions import PredictedExamples, PredictionLogs
from gristmill.serving.inference.numbered_records import NumberedRecords
from gristmill.serving.inference.output_columns import OutputColumn, Reading, output_columns
from gristmill.serving.inference.served_model import ServedModel

__all__ = [
    "NumberedRecords",
    "OutputColumn",
    "PredictedExamples",
    "PredictionLogs",
    "Reading",
    "ServedModel",
    "output_columns",
]
