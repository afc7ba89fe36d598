"""Statistics of a PCollection in files."""

from __future__ import annotations

from collections.abc import Callable

import apache_beam as beam
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.message_files import write_stats_binary, write_stats_records
from gristmill.errors import NotSupportedError
from gristmill.io import filesystem

__all__ = ["WriteStatisticsToBinaryFile", "WriteStatisticsToTFRecord"]

_Write = Callable[[statistics_pb2.DatasetFeatureStatisticsList, str], None]


class WriteStatisticsToTFRecord(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Writes the one message of a PCollection as a record file, which ``load_statistics`` reads.

    Args:
        output_path: the file.
        sharded_output: must be False: statistics are one message.

    Raises:
        NotSupportedError: ``sharded_output`` is True.
    """

    def __init__(self, output_path: str, sharded_output: bool = False) -> None:
        super().__init__()
        if sharded_output:
            raise NotSupportedError(
                "Statistics are not written over several files", hint="leave sharded_output out: it is one message"
            )
        self._path = filesystem.absolute(output_path)

    def expand(self, statistics: beam.PCollection) -> beam.PCollection:
        """The path, once it is written."""
        return statistics | "Write" >> beam.Map(_written, write_stats_records, self._path)


class WriteStatisticsToBinaryFile(beam.PTransform):  # type: ignore[misc]
    """Writes the one message of a PCollection as a binary file, which ``load_stats_binary`` reads.

    Args:
        output_path: the file.
    """

    def __init__(self, output_path: str) -> None:
        super().__init__()
        self._path = filesystem.absolute(output_path)

    def expand(self, statistics: beam.PCollection) -> beam.PCollection:
        """The path, once it is written."""
        return statistics | "Write" >> beam.Map(_written, write_stats_binary, self._path)


def _written(statistics: statistics_pb2.DatasetFeatureStatisticsList, write: _Write, path: str) -> str:
    write(statistics, path)
    return path
