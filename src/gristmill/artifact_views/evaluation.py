"""An evaluation: the verdict, and the metrics by slice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from markupsafe import Markup

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import PayloadFile, payload_files, payload_path, whole_file
from gristmill.artifact_views.refusal import or_refusal
from gristmill.display import View, compose
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import ModelEvaluation
from gristmill.errors import UnsafePathError
from gristmill.model_analysis.constants import PLOTS_KEY
from gristmill.model_analysis.results.eval_result import EvalResult, load_eval_result
from gristmill.model_analysis.results.files import load_validation_result
from gristmill.model_analysis.view import slicing_metrics_view, validation_view

__all__ = ["load_evaluation", "model_evaluation_view"]


@registers(ModelEvaluation)
def model_evaluation_view(artifact: Artifact) -> View:
    """The verdict and the metrics of the model; those of a baseline stand beside them as differences."""
    files = _checked_files(artifact)
    load = cache(lambda: load_eval_result(payload_path(artifact)))
    parts: dict[str, Callable[[], Markup]] = {}
    if any(file.name.startswith("validations") for file in files):
        parts["Validation"] = lambda: validation_view(load_validation_result(payload_path(artifact)), load()).body
    parts["Metrics by slice"] = lambda: slicing_metrics_view(load()).body
    return compose(artifact.type_name, [View(title, or_refusal(artifact, part)) for title, part in parts.items()])


def load_evaluation(artifact: Artifact) -> EvalResult:
    """The metrics of the model that was evaluated.

    Raises:
        DataError: there is no evaluation, or a file is damaged.
        UnsafePathError: a file is a link out of the artifact.
    """
    _checked_files(artifact)
    return load_eval_result(payload_path(artifact))


def _checked_files(artifact: Artifact) -> Sequence[PayloadFile]:
    """The files, none of which is a link out of the artifact: the loaders open them by themselves."""
    files = payload_files(artifact).files
    for file in files:
        if file.is_outside:
            raise UnsafePathError(
                "an evaluation's files lie below its URI, and this is a link out of it", value=file.name
            )
        if not file.name.startswith(PLOTS_KEY):  # which no view of an artifact reads
            whole_file(artifact, file.name)
    return files
