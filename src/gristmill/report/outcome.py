"""What a reader of a report wants to know first: failures, metrics, anomalies, verdicts, where the model went."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from gristmill.artifact_views.anomalies import load_anomalies
from gristmill.artifact_views.blessings import is_blessed
from gristmill.artifact_views.evaluation import load_evaluation
from gristmill.artifact_views.pushed_model import pushed_to
from gristmill.artifact_views.split_views import loaded_splits
from gristmill.display import Cell, Column
from gristmill.display.elements import Kind, key_values, notice, section, table
from gristmill.display.texts import shortened
from gristmill.dsl import standard_artifacts as standard
from gristmill.dsl.artifact import Artifact
from gristmill.redaction import without_secrets
from gristmill.report.overall_metrics import overall_metrics
from gristmill.report.run_facts import RunFacts, StepFacts

__all__ = ["outcome"]

_METRICS = 40  # of one evaluation
_FEATURES = 5  # features with anomalies that are named
_LINE = 200  # characters of the first line of an error


@dataclass(frozen=True)
class _Finding:
    """One line of the outcome."""

    text: str
    kind: Kind


def outcome(facts: RunFacts, anchor: Callable[[str], str]) -> Markup:
    """Failures, the overall metrics of every evaluation, and what else was found.

    Args:
        facts: the run.
        anchor: where the step of that id is in the page.
    """
    failures = Markup("").join(_failure(step, anchor(step.id)) for step in facts.steps if step.record.error)
    rows: list[tuple[Markup, Cell]] = []
    metrics = Markup("")
    for step in facts.steps:
        if step.is_resolver:  # what it found is what an earlier run came to
            continue
        link = Markup('<a href="#{}">{}</a>').format(anchor(step.id), step.id)
        for _, artifact in step.output_artifacts():
            if facts.makers[artifact.id] == step.id:
                rows += [(link, _cell(found)) for found in _guarded(_findings, artifact, [])]
                metrics += _guarded(_metrics, artifact, Markup(""))
    found = table([Column("step"), Column("outcome")], rows, searchable=False) if rows else Markup("")
    return failures + metrics + (section("Outcome", found) if rows else Markup(""))


def _guarded(look: Callable[[Artifact], Any], artifact: Artifact, otherwise: Any) -> Any:
    try:
        return look(artifact)
    except Exception:  # noqa: BLE001 - the artifact's own view, further down, says what is wrong with it
        return otherwise


def _cell(found: _Finding) -> Cell:
    marks = {"good": "✓ ", "bad": "✕ ", "warning": "! ", "": ""}
    return Cell(Markup("{}{}").format(marks[found.kind], found.text), kind=found.kind)


def _failure(step: StepFacts, anchor: str) -> Markup:
    first = without_secrets(step.record.error).partition("\n")[0]
    link = Markup('<a href="#{}">{}</a>').format(anchor, step.id)
    return notice(Markup("<span>{}: {}</span>").format(link, shortened(first, _LINE)), "bad")


def _findings(artifact: Artifact) -> list[_Finding]:
    look = _LOOKS.get(artifact.type_name)
    return list(look(artifact)) if look is not None else []


def _anomalies(artifact: Artifact) -> Iterator[_Finding]:
    loaded, _ = loaded_splits(artifact, lambda folder: load_anomalies(artifact, folder))
    counts = {
        split: len(found.anomaly_info) + found.HasField("dataset_anomaly_info") for split, found in loaded.items()
    }
    if clean := [split for split, count in counts.items() if not count]:
        yield _Finding(f"no anomalies in {', '.join(clean)}" if any(clean) else "no anomalies", "good")
    for split, count in counts.items():
        if not count:
            continue
        where = f" in {split}" if split else ""
        names = sorted(loaded[split].anomaly_info)
        more = f" and {len(names) - _FEATURES} more" if len(names) > _FEATURES else ""
        listed = f": {', '.join(names[:_FEATURES])}{more}" if names else ""
        yield _Finding(f"{'1 anomaly' if count == 1 else f'{count} anomalies'}{where}{listed}", "warning")


def _blessing(artifact: Artifact) -> Iterator[_Finding]:
    verdict = is_blessed(artifact)
    if verdict is not None:
        yield _Finding(f"the model is {'' if verdict else 'not '}blessed", "good" if verdict else "bad")


def _infra_blessing(artifact: Artifact) -> Iterator[_Finding]:
    verdict = is_blessed(artifact)
    if verdict is not None:
        yield _Finding(f"the model can{'' if verdict else 'not'} be served", "good" if verdict else "bad")


def _pushed(artifact: Artifact) -> Iterator[_Finding]:
    destination = pushed_to(artifact)
    yield _Finding(f"pushed to {destination}", "good") if destination else _Finding("the model was not pushed", "")


def _metrics(artifact: Artifact) -> Markup:
    """The metrics over all examples; nothing for artifacts of other types."""
    if artifact.type_name != standard.ModelEvaluation.TYPE_NAME:
        return Markup("")
    result = load_evaluation(artifact)
    values = list(overall_metrics(result))
    if not values:
        return Markup("")
    slices = len(result.slicing_metrics) - 1
    note = "over all examples" + (f"; {slices:,} slices are with the evaluation, below" if slices else "")
    more = f", as are {len(values) - _METRICS} more metrics" if len(values) > _METRICS else ""
    return section("Metrics", key_values(values[:_METRICS]), note + more)


_LOOKS: Mapping[str, Callable[[Artifact], Iterator[_Finding]]] = {
    standard.ExampleAnomalies.TYPE_NAME: _anomalies,
    standard.ModelBlessing.TYPE_NAME: _blessing,
    standard.InfraBlessing.TYPE_NAME: _infra_blessing,
    standard.PushedModel.TYPE_NAME: _pushed,
}
