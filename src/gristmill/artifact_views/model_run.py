"""A model run: the logs of a training, and how to look at them."""

from __future__ import annotations

import shlex

from markupsafe import Markup

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import PayloadFile, files_markup, payload_files
from gristmill.artifact_views.texts import text_block
from gristmill.display import View
from gristmill.display.elements import Cell, Column, details, notice, table
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import ModelRun
from gristmill.redaction import without_secrets
from gristmill.size_in_words import bytes_in_words

__all__ = ["model_run_view"]

_EVENTS = ".tfevents."  # in the name of every event file of TensorBoard
_SHOWN = 50  # folders with event files


@registers(ModelRun)
def model_run_view(artifact: Artifact) -> View:
    """The folders with TensorBoard's event files, the command that opens them, and all files."""
    found = payload_files(artifact)
    events = [file for file in found.files if _EVENTS in file.name and not file.is_outside]
    if events:
        command = f"tensorboard --logdir {shlex.quote(without_secrets(artifact.uri))}"
        body = notice("Open the logs with TensorBoard:", "") + text_block(command) + _folders(events)
    else:
        body = notice("There are no TensorBoard logs in it.", "warning")
    return View(artifact.type_name, body + details(f"Files: {found.in_words()}", files_markup(found)))


def _folders(events: list[PayloadFile]) -> Markup:
    by_folder: dict[str, list[PayloadFile]] = {}
    for file in events:
        by_folder.setdefault(file.name.rpartition("/")[0] or ".", []).append(file)
    rows = []
    for folder, files in sorted(by_folder.items())[:_SHOWN]:
        size = sum(file.size or 0 for file in files)
        rows.append((folder, len(files), Cell(bytes_in_words(size), sort_key=size)))
    columns = [Column("run"), Column("event files", numeric=True), Column("size", numeric=True)]
    return table(columns, rows, searchable=False)
