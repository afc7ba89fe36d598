"""Published readers whose behaviour is not there: their names resolve, making one says so."""

from __future__ import annotations

from typing import Any

from gristmill.errors import NotSupportedError

__all__ = [
    "BeamRecordCsvTFXIO",
    "CsvTFXIO",
    "ParquetTFXIO",
    "RawBeamRecordTFXIO",
    "RawTfRecordTFXIO",
    "TFGraphRecordDecoder",
    "TFSequenceExampleBeamRecord",
    "TFSequenceExampleRecord",
]


class _NotSupported:
    """Base of the names whose behaviour is not there."""

    HINT = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotSupportedError(f"{type(self).__name__} does not exist here", hint=self.HINT)


class CsvTFXIO(_NotSupported):
    """Reads CSV files without a header."""

    HINT = "gristmill.io.csv reads CSV files as record batches; CsvExampleGen makes them examples"


class BeamRecordCsvTFXIO(_NotSupported):
    """Parses lines of CSV in a Beam pipeline."""

    HINT = CsvTFXIO.HINT


class ParquetTFXIO(_NotSupported):
    """Reads Parquet files."""

    HINT = "TFExampleRecord reads Parquet files as well, told by their extension"


class RawTfRecordTFXIO(_NotSupported):
    """Reads records as they are."""

    HINT = "TFExampleRecord(…).RawRecordBeamSource() in Beam, gristmill.io.tfrecord.read_records outside"


class RawBeamRecordTFXIO(_NotSupported):
    """Makes batches of the records of a Beam pipeline."""

    HINT = RawTfRecordTFXIO.HINT


class TFSequenceExampleRecord(_NotSupported):
    """Reads files of tf.SequenceExamples."""

    HINT = "parse them with tf.io.parse_sequence_example, or write sequences as ragged features of tf.Examples"


class TFSequenceExampleBeamRecord(_NotSupported):
    """Decodes tf.SequenceExamples in a Beam pipeline."""

    HINT = TFSequenceExampleRecord.HINT


class TFGraphRecordDecoder(_NotSupported):
    """Decodes records by a TensorFlow graph of the user's."""

    HINT = "write the decoded records as tf.Examples in a component of your own"
