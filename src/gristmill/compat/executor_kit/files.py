"""The functions of ``tfx.utils.io_utils``, over the file-system layer: local, gs://, s3://, memory:// alike."""

from __future__ import annotations

import csv
from typing import TypeVar

from google.protobuf import json_format, text_format
from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import filesystem
from gristmill.utils.pbtxt import parse_pbtxt_file

__all__ = [
    "SchemaReader",
    "all_files_pattern",
    "copy_dir",
    "copy_file",
    "delete_dir",
    "ensure_local",
    "get_only_uri_in_dir",
    "load_csv_column_names",
    "parse_json_file",
    "parse_pbtxt_file",
    "read_bytes_file",
    "read_string_file",
    "write_bytes_file",
    "write_pbtxt_file",
    "write_string_file",
]

M = TypeVar("M", bound=Message)


def copy_file(src: str, dst: str, overwrite: bool = False) -> None:
    """Copy a file, and make the folder that it goes into.

    Raises:
        FileExistsError: ``dst`` is there, and may not be overwritten.
    """
    if not overwrite and filesystem.exists(dst):
        raise FileExistsError(dst)
    filesystem.copy_file(src, dst)


def copy_dir(src: str, dst: str) -> None:
    """Copy a folder; what ``dst`` held before is removed."""
    delete_dir(dst)
    filesystem.copy_tree(src, dst)


def delete_dir(path: str) -> None:
    """Remove a folder with all that it holds; nothing where it is not there."""
    if filesystem.is_dir(path):
        filesystem.remove_tree(path)


def ensure_local(file_path: str) -> str:
    """The path of a file on this machine; a file of another file system is copied into the current folder."""
    if filesystem.is_local(file_path):
        return filesystem.local_path(file_path)
    name = file_path.rpartition("/")[2]
    filesystem.copy_file(file_path, name)
    return name


def get_only_uri_in_dir(dir_path: str) -> str:
    """The only file or folder in a folder.

    Raises:
        ConfigError: there is none, or there are several.
    """
    names = filesystem.list_dir(dir_path)
    if len(names) != 1:
        raise ConfigError("the folder must hold exactly one file", value=names)
    return filesystem.join(dir_path, names[0])


def all_files_pattern(file_pattern: str) -> str:
    """The pattern of all files whose path begins so."""
    return f"{file_pattern}*"


def load_csv_column_names(csv_file: str) -> list[str]:
    """The names in the first line of a CSV file."""
    lines = filesystem.read_text(csv_file).splitlines()
    return next(csv.reader(lines), [])


def read_string_file(file_name: str) -> str:
    """The text of a file, in UTF-8."""
    return filesystem.read_text(file_name)


def read_bytes_file(file_name: str) -> bytes:
    """The content of a file."""
    return filesystem.read_bytes(file_name)


def write_string_file(file_name: str, string_value: str) -> None:
    """Write a text file, in UTF-8."""
    filesystem.write_text(file_name, string_value)


def write_bytes_file(file_name: str, content: bytes) -> None:
    """Write a file."""
    filesystem.write_bytes(file_name, content)


def write_pbtxt_file(file_name: str, proto: Message) -> None:
    """Write a message in text format."""
    filesystem.write_text(file_name, text_format.MessageToString(proto))


def parse_json_file(file_name: str, message: M) -> M:
    """Read a file of proto3 JSON into ``message`` and return it.

    Raises:
        DataError: the file does not hold such a message.
    """
    try:
        json_format.Parse(filesystem.read_text(file_name), message)
    except json_format.ParseError as error:
        rule = f"the file holds no {type(message).__name__} in JSON"
        raise DataError(rule, place=Place(uri=file_name), hint=str(error)) from error
    return message


class SchemaReader:
    """Reads schemas from files."""

    def read(self, schema_path: str) -> schema_pb2.Schema:
        """The schema in a text-format file."""
        return parse_pbtxt_file(schema_path, schema_pb2.Schema())
