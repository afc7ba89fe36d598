"""One step of a report: what was decided, what it was given, what it wrote."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping

from markupsafe import Markup

from gristmill.artifact_views.texts import text_block
from gristmill.display import Column
from gristmill.display.elements import details, key_values, notice, section, table
from gristmill.display.texts import shortened
from gristmill.dsl.artifact import Artifact
from gristmill.redaction import without_secrets
from gristmill.report.run_facts import Artifacts, StepFacts
from gristmill.report.step_states import state_of
from gristmill.time_in_words import duration, moment

__all__ = ["ArtifactViews", "step_body", "step_heading"]

_DIGEST = 12  # hex digits: enough to compare by eye
_VALUE = 2000  # characters of a parameter
_LINE = 80  # characters of a JSON value that stays on one line

# What belongs to one artifact stands apart from the steps around it.
_INSET = '<div style="border-left:3px solid var(--rule);padding:2px 0 6px 16px;margin:0 0 10px 4px">{}</div>'

ArtifactViews = Mapping[int, Markup]
_DECISIONS = {
    "complete": "ran because",
    "cached": "reused because",
    "blocked": "not run because",
    "skipped": "skipped because",
    "failed": "was run because",
    "canceled": "was run because",
}


def step_heading(step: StepFacts) -> Markup:
    """The line that stands for the step while it is folded: what it is called, how it ended, what it did."""
    state = state_of(step.record.state)
    did = " · ".join(without_secrets(line) for line in step.record.summary)
    took = duration(step.seconds) if step.record.execution is not None else ""
    facts = " · ".join(filter(None, (took, did or (step.record.reason if not took else ""))))
    return Markup(
        '<span class="gm-heading" role="heading" aria-level="2">{}</span> <span class="gm-value{}">{} {}</span>'
        ' <span class="gm-note">{}</span>'
    ).format(step.id, f" gm-{state.kind}" if state.kind else "", state.mark, state.word, without_secrets(facts))


def step_body(step: StepFacts, views: ArtifactViews, place_of: Callable[[Artifact], str]) -> Markup:
    """What stands below the heading.

    Args:
        step: the step.
        views: what is shown of output artifacts, by id; those that are shown elsewhere are not in it.
        place_of: the anchor at which an artifact is shown in this page; empty where it is not.
    """
    body = _failure(step) + key_values(_facts(step))
    if step.parameters:
        body += section("Parameters", _parameters(step))
    if step.inputs:
        body += section("Inputs", _artifacts(step.inputs, place_of))
    if step.fingerprint:
        rows = [(part, digest[:_DIGEST]) for part, digest in step.fingerprint.items()]
        body += details("What its outputs are decided by", table([Column("part"), Column("sha256")], rows))
    if step.outputs:
        body += section("Outputs", _outputs(step, views, place_of))
    return body


def _failure(step: StepFacts) -> Markup:
    if not step.record.error:
        return Markup("")
    first, _, rest = without_secrets(step.record.error).partition("\n")
    told = notice(first, "bad")
    return told + text_block(textwrap.dedent(rest)) if rest else told


def _facts(step: StepFacts) -> list[tuple[str, str]]:
    record = step.record
    pairs = []
    if record.reason:
        pairs.append((_DECISIONS.get(record.state, "because"), without_secrets(record.reason)))
    if record.execution is not None:
        pairs += [("took", duration(step.seconds)), ("started", moment(step.started_ms or 0))]
        pairs += [("execution", str(record.execution.id))]
    if step.reused_execution:
        pairs.append(("made by execution", str(step.reused_execution)))
    if record.attempts > 1:
        pairs.append(("attempts", str(record.attempts)))
    return [(name, text) for name, text in pairs if text]


def _parameters(step: StepFacts) -> Markup:
    rows = [(name, _value(value)) for name, value in step.parameters.items()]
    return table([Column("parameter"), Column("value")], rows)


def _value(value: object) -> Markup | str:
    if isinstance(value, dict | list) and value:
        text = json.dumps(value, ensure_ascii=False)
        if len(text) > _LINE:
            return text_block(shortened(json.dumps(value, indent=2, ensure_ascii=False), _VALUE))
        return Markup("<code>{}</code>").format(text)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Markup('<span style="overflow-wrap:anywhere">{}</span>').format(shortened(text, _VALUE))


def _artifacts(artifacts: Artifacts, place_of: Callable[[Artifact], str]) -> Markup:
    columns = [Column("name"), Column("artifact"), Column("place")]
    rows = [(key, _named(artifact, place_of(artifact)), without_secrets(artifact.uri))
            for key, each in artifacts.items() for artifact in each]  # fmt: skip
    return table(columns, rows)


def _named(artifact: Artifact, anchor: str) -> Markup:
    name = f"{artifact.type_name} {artifact.id}"
    return Markup('<a href="#{}">{}</a>').format(anchor, name) if anchor else Markup.escape(name)


def _outputs(step: StepFacts, views: ArtifactViews, place_of: Callable[[Artifact], str]) -> Markup:
    parts = []
    for key, artifact in step.output_artifacts():
        anchor = place_of(artifact)
        if artifact.id in views:
            summary = Markup("<b>{}</b> · {} {}").format(key, artifact.type_name, artifact.id)
            marked = Markup('<span id="{}"></span>').format(anchor)
            parts.append(details(summary, marked + Markup(_INSET).format(views[artifact.id])))
        else:
            parts.append(Markup("<p><b>{}</b> · {}</p>").format(key, _named(artifact, anchor)))
    return Markup("").join(parts)
