"""Loads TensorFlow without its start-up chatter, which no setting of its own turns off.

TensorFlow's native libraries write to the process' standard error before their logging is set up: once per library,
about missing GPUs and processor features. While TensorFlow is loaded and looks for devices for the first time, what is
written there is held back, and the lines that are no such chatter are passed on.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["load_tensorflow_quietly"]

_CHATTER = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|I\d{4} "  # information
    rb"|E\d{4} .*(cuda|cuInit|CUDA)"  # no GPU here, said as an error
    rb"|To enable the following instructions"
)


def load_tensorflow_quietly() -> None:
    """Import TensorFlow and let it find its devices; nothing happens when it is loaded already."""
    if "tensorflow" in sys.modules:
        return
    # Once logging is set up: a missing GPU counts as an error there, and what fails for good is an exception.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _without_chatter():
        import tensorflow as tf

        tf.config.list_physical_devices()


@contextmanager
def _without_chatter() -> Iterator[None]:
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            held.seek(0)
            for line in held:
                if not _CHATTER.match(line):
                    os.write(2, line)
