"""The view that any artifact has: its files, and the beginning of those that are short texts."""

from __future__ import annotations

import codecs

from markupsafe import Markup

from gristmill.artifact_views.payload_files import (
    PayloadFile,
    PayloadFiles,
    files_markup,
    payload_files,
    payload_path,
    read_head,
)
from gristmill.artifact_views.texts import text_block
from gristmill.display import View
from gristmill.display.elements import details
from gristmill.dsl.artifact import Artifact

__all__ = ["decoded", "plain_view", "texts_markup"]

_TEXT_BYTES = 8192  # of a file: a few screens
_TEXTS = 5  # files whose text is shown
_LARGE = 1 << 20  # bytes; a larger file is data, not something to read


def plain_view(artifact: Artifact) -> View:
    """The files of an artifact of a type that nothing more is known of."""
    found = payload_files(artifact)
    body = texts_markup(artifact, found) + details(f"Files: {found.in_words()}", files_markup(found), open=True)
    return View(artifact.type_name, body)


def texts_markup(artifact: Artifact, found: PayloadFiles) -> Markup:
    """The beginning of the first few files that hold text."""
    shown: list[Markup] = []
    for file in found.files:
        if len(shown) == _TEXTS:
            break
        text = _text_of(artifact, file)
        if text is not None:
            shown.append(details(file.name or "Content", text_block(*text), open=not shown))
    return Markup("").join(shown)


def _text_of(artifact: Artifact, file: PayloadFile) -> tuple[str, bool] | None:
    """The beginning of a file and whether there is more; None where it is no text."""
    if file.is_outside or not file.size or file.size > _LARGE:
        return None
    head, is_cut = read_head(payload_path(artifact, file.name), _TEXT_BYTES)
    text = decoded(head, is_cut)
    return None if text is None else (text, is_cut)


def decoded(head: bytes, is_cut: bool) -> str | None:
    """The beginning of a file as text; None where it holds anything else."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=not is_cut)
    except UnicodeDecodeError:
        return None
    return text if all(character.isprintable() or character in "\r\n\t" for character in text) else None
