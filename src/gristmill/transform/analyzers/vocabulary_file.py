"""The file of a vocabulary: its name, its lines, and how to read it back.

One token per line, or ``<count> <token>`` when frequencies are stored; or the same as records of a gzip TFRecord file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.io.tfrecord import read_records, write_records

__all__ = [
    "EMPTY_INT_TOKEN",
    "EMPTY_STRING_TOKEN",
    "FILE_FORMATS",
    "TFRECORD_SUFFIX",
    "check_file_format",
    "read_vocabulary",
    "sanitized_name",
    "vocabulary_lines",
    "write_vocabulary",
]

FILE_FORMATS = ("text", "tfrecord_gzip")
TFRECORD_SUFFIX = ".tfrecord.gz"
# The published content of a vocabulary without tokens: lookup tables cannot be made from an empty file.
EMPTY_STRING_TOKEN = b"49d0cd50-04bb-48c0-bc6f-5b575dce351a"
EMPTY_INT_TOKEN = b"-1"


def check_file_format(file_format: str) -> None:
    """Raise ConfigError unless the format is known."""
    if file_format not in FILE_FORMATS:
        raise ConfigError(f"file_format must be one of {FILE_FORMATS}", value=file_format)


def sanitized_name(name: str) -> str:
    """``name`` as a file name: letters, digits, ``_`` and ``-``; runs of spaces and dashes become one dash."""
    replaced = re.sub(r"[^\w\s-]", "_", name).strip()
    return re.sub(r"[-\s]+", "-", replaced)


def vocabulary_lines(
    tokens: Sequence[bytes], counts: Iterable[Any], *, with_frequency: bool, empty_token: bytes
) -> list[bytes]:
    """The lines of the file; one stand-in line when there is no token."""
    if not tokens:
        return [b"1 " + empty_token if with_frequency else empty_token]
    if not with_frequency:
        return list(tokens)
    return [f"{count} ".encode() + token for token, count in zip(tokens, counts, strict=True)]


def write_vocabulary(path: str, lines: Sequence[bytes], file_format: str) -> None:
    """Write the file, whole or not at all."""
    if file_format == "text":
        filesystem.write_bytes(path, b"".join(line + b"\n" for line in lines))
    else:
        write_records(path, lines, compress=True)


def read_vocabulary(path: str) -> list[bytes]:
    """The lines, as they are in the file (with counts, if stored)."""
    if os.path.basename(path).endswith(TFRECORD_SUFFIX):
        return list(read_records(path))
    return filesystem.read_bytes(path).removesuffix(b"\n").split(b"\n")
