"""Statistics inside Beam pipelines that people write themselves.

Importing this package needs the ``beam`` extra. A pipeline of gristmill needs none of these names:
``generate_statistics`` and :class:`~gristmill.components.StatisticsGen` run on any engine.
"""

from __future__ import annotations

import importlib.util

from gristmill.errors import MissingExtraError

if importlib.util.find_spec("apache_beam") is None:
    raise MissingExtraError("apache-beam", "beam", "Statistics inside a Beam pipeline")

from gristmill.data_validation.beam.generate import GenerateStatistics
from gristmill.data_validation.beam.write import WriteStatisticsToBinaryFile, WriteStatisticsToTFRecord

__all__ = ["GenerateStatistics", "WriteStatisticsToBinaryFile", "WriteStatisticsToTFRecord"]
