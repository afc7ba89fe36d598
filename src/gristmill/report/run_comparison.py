"""What differs between two runs: states, inputs, parameters, code, and what came of it.

from gristmill.report import compare_runs
comparison = compare_runs(store, "taxi/3", "taxi/4")
comparison.steps["Trainer"].parameters      # (Change("train_args", before=…, after=…),)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from gristmill.artifact_views.evaluation import load_evaluation
from gristmill.dsl.standard_artifacts import ModelEvaluation
from gristmill.dsl.value_artifacts import Float, Integer
from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import NodeRecord, find_run
from gristmill.orchestration.records.run_records import RunRecord
from gristmill.report.overall_metrics import overall_metrics
from gristmill.report.run_facts import RunFacts, StepFacts, facts_of_steps, gather

__all__ = ["Change", "RunComparison", "StepComparison", "changes_of_step", "compare_runs"]

# Parts of a fingerprint, by what they are to a person.
_INPUTS = ("input ", "file ")
_CODE = ("code ", "component", "gristmill")


@dataclass(frozen=True)
class Change:
    """One thing that differs.

    Attributes:
        name: what it is.
        before: its value in the first run; None where that has none.
        after: its value in the second run; None where that has none.
    """

    name: str
    before: object
    after: object


@dataclass(frozen=True)
class StepComparison:
    """One step in two runs; of each sort of thing only what differs.

    Attributes:
        states: what became of it in each run; empty for a run that has no such step.
        inputs: artifacts by key and files from outside by URI, as digests of what they hold; as ids of artifacts
            where a run was recorded without digests.
        parameters: by name, as JSON values without secrets.
        code: files of code, the component, and the release of gristmill, as digests.
        metrics: numbers that it put out: metrics of an evaluation over all examples, values of Integer and Float
            artifacts.
    """

    states: tuple[str, str]
    inputs: Sequence[Change] = ()
    parameters: Sequence[Change] = ()
    code: Sequence[Change] = ()
    metrics: Sequence[Change] = ()

    @property
    def differs(self) -> bool:
        """Whether anything but the state differs: a reused step does not differ from the one that ran."""
        return "" in self.states or any(getattr(self, field.name) for field in fields(self) if field.name != "states")


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side.

    Attributes:
        before: the first run.
        after: the second run.
        steps: by id, in the order of the second run's pipeline, then those that only the first has.
    """

    before: RunRecord
    after: RunRecord
    steps: Mapping[str, StepComparison]


def compare_runs(store: MetadataStore, before: RunRecord | str, after: RunRecord | str) -> RunComparison:
    """Compare two runs, of one pipeline or of two.

    Args:
        store: where both are recorded.
        before: a run, or how a person names it: ``3``, ``taxi/3``, a run id, ``latest``.
        after: the other one.

    Raises:
        ConfigError: there is no such run, or several pipelines have one of that number.
    """
    first, second = (gather(store, find_run(store, run) if isinstance(run, str) else run) for run in (before, after))
    ours, theirs = _by_id(first), _by_id(second)
    steps = {step_id: _compare(ours.get(step_id), theirs.get(step_id)) for step_id in {**theirs, **ours}}
    return RunComparison(first.run, second.run, steps)


def changes_of_step(store: MetadataStore, before: NodeRecord, after: NodeRecord) -> list[Change]:
    """What differs, between two runs of a step, in what decides its outputs: inputs, parameters and code."""
    first, second = facts_of_steps(store, [before, after])
    return [
        *_input_changes(first, second),
        *_parameter_changes(first, second),
        *_code_changes(first, second),
    ]


def _by_id(facts: RunFacts) -> dict[str, StepFacts]:
    return {step.id: step for step in facts.steps}


def _compare(before: StepFacts | None, after: StepFacts | None) -> StepComparison:
    if before is None or after is None:
        return StepComparison(
            ("" if before is None else before.record.state, "" if after is None else after.record.state)
        )
    return StepComparison(
        states=(before.record.state, after.record.state),
        inputs=_input_changes(before, after),
        parameters=_parameter_changes(before, after),
        code=_code_changes(before, after),
        metrics=_changes(_metrics(before), _metrics(after)),
    )


def _input_changes(before: StepFacts, after: StepFacts) -> tuple[Change, ...]:
    return _changes(_inputs(before), _inputs(after))


def _parameter_changes(before: StepFacts, after: StepFacts) -> tuple[Change, ...]:
    return _changes(before.parameters, after.parameters)


def _code_changes(before: StepFacts, after: StepFacts) -> tuple[Change, ...]:
    return _changes(_parts(before, _CODE), _parts(after, _CODE))


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Change, ...]:
    names = sorted(before.keys() | after.keys())
    return tuple(
        Change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def _inputs(step: StepFacts) -> Mapping[str, object]:
    if step.fingerprint:
        nothing = {name for name in step.fingerprint if name.startswith("input ") and not step.inputs.get(name[6:])}
        return {name: digest for name, digest in _parts(step, _INPUTS).items() if name not in nothing}
    return {f"input {key}": ", ".join(str(artifact.id) for artifact in found) for key, found in step.inputs.items()}


def _parts(step: StepFacts, kinds: tuple[str, ...]) -> dict[str, object]:
    return {name: digest for name, digest in step.fingerprint.items() if name.startswith(kinds)}


def _metrics(step: StepFacts) -> dict[str, object]:
    return {} if step.is_resolver else dict(_numbers(step))


def _numbers(step: StepFacts) -> Iterator[tuple[str, float]]:
    for key, artifact in step.output_artifacts():
        try:
            if artifact.type_name == ModelEvaluation.TYPE_NAME:
                yield from overall_metrics(load_evaluation(artifact))
            elif isinstance(artifact, Integer | Float):
                yield key, float(artifact.read())
        except (OSError, ValueError):  # deleted or damaged: there is no number, and its own view says why
            continue
