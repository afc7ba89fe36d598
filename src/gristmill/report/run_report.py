"""The report of a run: one page, from what came of it down to what each step read and wrote."""

from __future__ import annotations

import re
import time
from collections import Counter

from markupsafe import Markup

from gristmill.display import View
from gristmill.display.elements import Kind, key_values, notice, section
from gristmill.dsl.artifact import Artifact
from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import find_run
from gristmill.orchestration.records.execution_records import gristmill_version
from gristmill.orchestration.records.record_names import VERSION
from gristmill.orchestration.records.run_records import RunRecord, owner_of
from gristmill.redaction import without_secrets
from gristmill.report.artifact_bodies import artifact_bodies
from gristmill.report.outcome import outcome
from gristmill.report.run_facts import RunFacts, StepFacts, gather
from gristmill.report.step_body import step_body, step_heading
from gristmill.report.step_graph import step_graph
from gristmill.report.step_states import state_of
from gristmill.report.timeline import timeline
from gristmill.time_in_words import duration, moment

__all__ = ["MAX_BYTES", "run_report"]

MAX_BYTES = 32_000_000  # of all artifact views: what a browser opens within a second or two, and a mail still carries

_KINDS: dict[str, Kind] = {"complete": "good", "failed": "bad", "canceled": "warning"}
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def run_report(store: MetadataStore, run: RunRecord | str = "latest", *, max_bytes: int = MAX_BYTES) -> View:
    """The report of a run, finished or not.

    Args:
        store: where the run is recorded.
        run: the run, or how a person names it: ``3``, ``taxi/3``, a run id, ``latest``.
        max_bytes: of all views of artifacts together; the largest are left out beyond that, and the page says so.

    Raises:
        ConfigError: there is no such run, or several pipelines have one of that number.
    """
    facts = gather(store, find_run(store, run) if isinstance(run, str) else run)
    prefix = "gm-" + _UNSAFE.sub("-", facts.run.run_id)
    anchors = {step.id: f"{prefix}-step-{number}" for number, step in enumerate(facts.steps)}
    bodies, left_out = artifact_bodies(facts, max_bytes)
    shown = {number for views in bodies.values() for number in views}

    def place_of(artifact: Artifact) -> str:
        return f"{prefix}-artifact-{artifact.id}" if artifact.id in shown else ""

    body = _header(facts) + outcome(facts, anchors.__getitem__)
    body += section("Steps", step_graph(facts, anchors.__getitem__))
    body += section("Time", timeline(facts))
    if left_out:
        body += notice(f"{left_out} views of artifacts are too large for this page and were left out.", "warning")
    for step in facts.steps:
        inside = step_body(step, bodies[step.id], place_of)
        body += _step(step, anchors[step.id], inside)
    return View(facts.title, body + section("Environment", _environment(facts)))


def _header(facts: RunFacts) -> Markup:
    counts = Counter(state_of(step.record.state).word for step in facts.steps)
    steps = ", ".join(f"{count} {word}" for word, count in counts.items())
    took = f" in {duration(facts.run.seconds)}" if facts.run.seconds is not None else ""
    told = notice(f"{facts.state.capitalize()}{took}: {steps or 'no steps'}", _KINDS.get(facts.state, ""))
    if facts.run.reason:
        told += notice(without_secrets(facts.run.reason), "warning")
    owner = owner_of(facts.run.context)
    pairs = [
        ("pipeline", facts.run.pipeline_name),
        ("run", str(facts.run.number or "")),
        ("started", moment(facts.run.started_ms)),
        ("took", duration(facts.run.seconds)),
        ("on", f"{owner.host} (process {owner.pid})" if owner.host else ""),
        ("run id", facts.run.run_id),
    ]
    return told + key_values([(name, text) for name, text in pairs if text])


def _step(step: StepFacts, anchor: str, body: Markup) -> Markup:
    """A part of the page that is folded, unless the step failed. The anchor is inside, so that a link unfolds it."""
    return Markup(
        '<details class="gm-section"{}><summary>{}</summary><span id="{}" style="scroll-margin-top:48px"></span>{}'
        "</details>"
    ).format(Markup(" open" if step.record.error else ""), step_heading(step), anchor, body)


def _environment(facts: RunFacts) -> Markup:
    versions: set[str] = set()
    for step in facts.steps:
        versions |= {artifact.get_string_custom_property(VERSION) for _, artifact in step.output_artifacts()}
    pairs = [
        ("artifacts written by", ", ".join(f"gristmill {version}" for version in sorted(versions - {""}))),
        ("pipeline root", without_secrets(facts.run.pipeline_root)),
        ("report made", f"{moment(int(time.time() * 1000))} by gristmill {gristmill_version()}"),
    ]
    return key_values([(name, text) for name, text in pairs if text])
