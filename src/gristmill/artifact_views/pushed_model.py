"""A pushed model: where it went, as which version, and its files."""

from __future__ import annotations

from markupsafe import Markup

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.model import model_markup
from gristmill.display import View
from gristmill.display.elements import key_values, notice
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import PushedModel
from gristmill.redaction import without_secrets

__all__ = ["pushed_model_view", "pushed_to"]

_DESTINATION = "pushed_destination"
_VERSION = "pushed_version"
_PUSHED = "pushed"


def pushed_to(artifact: Artifact) -> str:
    """Where the model was pushed to; empty where it was not pushed."""
    return without_secrets(artifact.get_string_custom_property(_DESTINATION))


@registers(PushedModel)
def pushed_model_view(artifact: Artifact) -> View:
    """The destination, and the files as they were pushed."""
    if artifact.has_custom_property(_PUSHED) and artifact.get_int_custom_property(_PUSHED) == 0:
        return View(artifact.type_name, notice("The model was not pushed.", "warning"))
    destination = pushed_to(artifact)
    pairs = [("pushed to", destination)] if destination else []
    if version := artifact.get_string_custom_property(_VERSION):
        pairs.append(("version", version))
    head = notice("The model was pushed.", "good") + (key_values(pairs) if pairs else Markup(""))
    return View(artifact.type_name, head + model_markup(artifact))
