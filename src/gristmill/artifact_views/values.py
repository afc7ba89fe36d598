"""Value artifacts: the type and the value."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import payload_path, read_head
from gristmill.artifact_views.plain import decoded
from gristmill.artifact_views.texts import text_block
from gristmill.display import View
from gristmill.display.elements import key_values, notice
from gristmill.dsl.value_artifacts import NULL_KEY, Boolean, Bytes, Float, Integer, JsonValue, String, ValueArtifact
from gristmill.io import filesystem
from gristmill.size_in_words import bytes_in_words

__all__ = ["value_view"]

_BYTES_SHOWN = 65536  # of a value: what fits on many screens


@registers(Boolean, Bytes, Float, Integer, JsonValue, String)
def value_view(artifact: ValueArtifact) -> View:
    """The value; of a long one the beginning."""
    uri = payload_path(artifact)
    head, is_cut = read_head(uri, _BYTES_SHOWN)
    if not head and artifact.get_int_custom_property(NULL_KEY) == 1:
        return View(artifact.type_name, key_values([("value", "None")]))
    body = _beginning(head) if is_cut else _shown(artifact.decode(head))
    left_out = notice(f"The value is cut: it has {bytes_in_words(filesystem.file_status(uri).size)}.", "warning")
    return View(artifact.type_name, body + (left_out if is_cut else Markup("")))


def _shown(value: Any) -> Markup:
    if isinstance(value, bytes):
        return _beginning(value)
    if isinstance(value, str):
        return text_block(value)
    if isinstance(value, dict | list):
        return text_block(json.dumps(value, indent=2, ensure_ascii=False))
    return key_values([("value", repr(value))])


def _beginning(head: bytes) -> Markup:
    text = decoded(head, is_cut=True)
    return text_block(head[:1024].hex(" ", 4) if text is None else text)
