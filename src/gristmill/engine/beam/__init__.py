"""The engine on Apache Beam: the same accumulators, map functions and readers, on any of Beam's runners.

Importing this package needs the ``beam`` extra; ``engine_for`` imports it when a runner of Beam's is named.
"""

from __future__ import annotations

import importlib.util

from gristmill.errors import MissingExtraError

if importlib.util.find_spec("apache_beam") is None:
    raise MissingExtraError("apache-beam", "beam", "Running a pipeline on one of Beam's runners")

from gristmill.engine.beam.beam_engine import BeamEngine
from gristmill.engine.beam.flags import parsed_options

__all__ = ["BeamEngine", "parsed_options"]
