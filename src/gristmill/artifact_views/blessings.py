"""Blessings: whether a model passed, and which model."""

from __future__ import annotations

from markupsafe import Markup

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import payload_files
from gristmill.display import View
from gristmill.display.elements import key_values, notice
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import InfraBlessing, ModelBlessing
from gristmill.redaction import without_secrets

__all__ = ["blessing_view", "is_blessed"]

_VERDICTS = {"BLESSED": True, "INFRA_BLESSED": True, "NOT_BLESSED": False, "INFRA_NOT_BLESSED": False}
_BLESSED_KEY = "blessed"  # the published custom property: 1 or 0
_SUBJECTS = (
    ("current_model", "model"),
    ("baseline_model", "compared with"),
    ("component_id", "by"),
)  # custom properties that tell what was judged


def is_blessed(artifact: Artifact) -> bool | None:
    """The verdict by the artifact's properties; None where they do not tell."""
    if not artifact.has_custom_property(_BLESSED_KEY):
        return None
    return artifact.get_int_custom_property(_BLESSED_KEY) == 1


@registers(ModelBlessing, InfraBlessing)
def blessing_view(artifact: Artifact) -> View:
    """The verdict in green or red, and what was judged."""
    found = {file.name for file in payload_files(artifact).files}
    verdicts = {_VERDICTS[name] for name in found & _VERDICTS.keys()}
    recorded = is_blessed(artifact)
    body = _verdict(verdicts, "can be served" if artifact.type_name == InfraBlessing.TYPE_NAME else "is blessed")
    if len(verdicts) == 1 and recorded is not None and recorded not in verdicts:
        body += notice("The store has recorded the opposite verdict.", "warning")
    return View(artifact.type_name, body + _subjects(artifact))


def _verdict(verdicts: set[bool], passed: str) -> Markup:
    if verdicts == {True}:
        return notice(f"The model {passed}.", "good")
    if verdicts == {False}:
        return notice("The model is not blessed." if "blessed" in passed else "The model cannot be served.", "bad")
    text = "files for both verdicts are there" if verdicts else "there is no file of it"
    return notice(f"There is no verdict: {text}.", "warning")


def _subjects(artifact: Artifact) -> Markup:
    pairs = []
    for key, title in _SUBJECTS:
        if text := artifact.get_string_custom_property(key):
            number = artifact.get_int_custom_property(f"{key}_id")
            pairs.append((title, without_secrets(text) + (f" (artifact {number})" if number else "")))
    return key_values(pairs) if pairs else Markup("")
