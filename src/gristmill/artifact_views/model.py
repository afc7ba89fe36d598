"""A model: its formats, signatures and files."""

from __future__ import annotations

from markupsafe import Markup

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import PayloadFiles, files_markup, payload_files, payload_path
from gristmill.artifact_views.refusal import or_refusal
from gristmill.artifact_views.signatures import signatures_markup
from gristmill.display import View
from gristmill.display.elements import details, key_values
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import Model

__all__ = ["model_markup", "model_view"]

_SAVED_MODEL = "saved_model.pb"
_FORMATS = {"": "", "Format-Serving": "as it is served", "Format-TFMA": "as it is evaluated"}


@registers(Model)
def model_view(artifact: Artifact) -> View:
    """The model, in each format that it was written in."""
    return View(artifact.type_name, model_markup(artifact))


def model_markup(artifact: Artifact) -> Markup:
    """What is known of a model without loading it."""
    found = payload_files(artifact)
    pairs = [("size", found.in_words())]
    kinds = _kinds(found)
    if kinds:
        pairs.append(("written as", ", ".join(kinds)))
    names = {file.name for file in found.files if not file.is_outside}
    shown = key_values(pairs)
    for folder, title in _FORMATS.items():
        if "/".join(filter(None, (folder, _SAVED_MODEL))) in names:
            shown += _signatures(artifact, folder, title)
    return shown + details(f"Files: {found.in_words()}", files_markup(found))


def _kinds(found: PayloadFiles) -> list[str]:
    """The formats that the names of files tell."""
    names = [file.name for file in found.files]
    kinds = {
        "TensorFlow SavedModel": any(name.endswith(_SAVED_MODEL) for name in names),
        "Keras": any(name.endswith((".keras", ".h5", "keras_metadata.pb")) for name in names),
        "LiteRT": any(name.endswith(".tflite") for name in names),
        "TensorFlow.js": any(name.endswith("model.json") for name in names),
    }
    return [kind for kind, is_there in kinds.items() if is_there]


def _signatures(artifact: Artifact, folder: str, title: str) -> Markup:
    shown = or_refusal(artifact, lambda: signatures_markup(payload_path(artifact, folder, _SAVED_MODEL)))
    return details(f"Signatures {title}".rstrip(), shown, open=folder != "Format-TFMA")
