"""What is shown instead of a payload that cannot be."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from gristmill.display.elements import notice
from gristmill.dsl.artifact import Artifact
from gristmill.errors import GristmillError
from gristmill.io import filesystem
from gristmill.redaction import without_secrets

__all__ = ["or_refusal", "refusal"]


def refusal(artifact: Artifact, error: Exception) -> Markup:
    """A notice that says why there is nothing to see."""
    if _is_gone(artifact):
        where = without_secrets(artifact.uri) or "(no URI)"
        return notice(f"The payload is missing: there is nothing at {where}.", "bad")
    text = str(error) if isinstance(error, GristmillError) else f"{type(error).__name__}: {error}"
    return notice(f"The payload cannot be shown: {without_secrets(text)}", "bad")


def or_refusal(artifact: Artifact, part: Callable[[], Markup]) -> Markup:
    """A part of a view, or the notice why it cannot be shown: one damaged file does not hide the others."""
    try:
        return part()
    except Exception as error:  # noqa: BLE001 - whatever a payload makes its readers raise
        return refusal(artifact, error)


def _is_gone(artifact: Artifact) -> bool:
    try:
        return not artifact.uri or not filesystem.exists(artifact.uri)
    except Exception:  # noqa: BLE001 - a file system that does not answer; the first error says so
        return False
