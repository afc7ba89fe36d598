"""The life of a component's execution: fingerprint → cached? → stage → execute → commit, or fail.

Whatever happens, what the store says is true: outputs get their final names just before the one transaction that makes
them known, and everything that a failed attempt wrote is removed before its failure is recorded.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.executor import ExecutionContext
from gristmill.dsl.user_sources import sources_named_in
from gristmill.engine import engine_for
from gristmill.engine.contract import Progress
from gristmill.orchestration.fingerprints.external_inputs import to_json
from gristmill.orchestration.fingerprints.fingerprint import Fingerprint
from gristmill.orchestration.fingerprints.node_executor import executor_class_of
from gristmill.orchestration.nodes.output_artifacts import measured, new_outputs
from gristmill.orchestration.nodes.session import Session
from gristmill.orchestration.nodes.staging import Workplace
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.execution_records import NodeRecordKey
from gristmill.orchestration.records.stored_result import message_of, summary_of
from gristmill.orchestration.reuse.decision import Decider, guard
from gristmill.orchestration.reuse.search import Hit
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.orchestration.stops.cancellation import Interrupted
from gristmill.orchestration.stops.checkpoint import Point, checkpoint
from gristmill.proto import metadata_store_pb2
from gristmill.redaction import without_secrets

__all__ = ["ComponentLife"]


@dataclass
class ComponentLife:
    """One node of one run, from resolved inputs on.

    Attributes:
        session: the run.
        node: the component.
        inputs: its input artifacts.
        exec_properties: its parameters, placeholders resolved.
        execution_id: the execution of the last attempt, once there is one.
    """

    session: Session
    node: BaseComponent
    inputs: Mapping[str, Sequence[Artifact]]
    exec_properties: dict[str, Any]
    execution_id: int | None = field(default=None, init=False)
    _recorded: dict[str, Any] = field(default_factory=dict, init=False)
    _started: float = field(default_factory=time.perf_counter, init=False)

    def live(self) -> NodeResult:
        """Reuse or run.

        Raises:
            Exception: whatever the last attempt raised; its failure is recorded.
            Interrupted: the run was stopped; the execution is recorded as CANCELED.
        """
        session = self.session
        decider = Decider(session.store, session.pipeline.pipeline_name, session.root, session.reuse)
        decision = decider.decide(self.node, self.inputs, self.exec_properties)
        files = {names.EXTERNAL_FILES: to_json(decision.files)} if decision.files else {}
        self._recorded = {**self.exec_properties, **files}
        checkpoint(self.node.id, Point.KEYED)
        if decision.hit is not None:
            return self._reuse(decision.hit, decision.fingerprint, decision.reason)
        session.observer.node_decided(self.node.id, decision.reason)
        result = self._run_with_retries(decision.fingerprint, decision.reason)
        checkpoint(self.node.id, Point.PUBLISHED)  # out here, where nothing takes back what is published
        return result

    def _reuse(self, hit: Hit, fingerprint: Fingerprint, reason: str) -> NodeResult:
        summary = summary_of(hit.execution)
        with self.session.cancellation.committing():
            execution = self.session.records.reuse(
                self._key,
                inputs=self.inputs,
                outputs=hit.outputs,
                exec_properties=self._recorded,
                reason=reason,
                fingerprint=fingerprint,
                reused_execution=hit.execution.id,
                summary=summary,
                seconds=self._seconds,
            )
        checkpoint(self.node.id, Point.PUBLISHED)
        return self._result(NodeState.CACHED, reason, execution, hit.outputs, summary)

    def _run_with_retries(self, fingerprint: Fingerprint, reason: str) -> NodeResult:
        retries = self.node.execution_options.max_execution_retries
        for attempt in range(retries):
            try:
                return self._attempt(fingerprint, reason)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is recorded, and another attempt was asked for
                rule = message_of(error).partition("\n")[0]  # the whole is recorded with the attempt that failed
                reason = f"attempt {attempt + 2} of {retries + 1}, after: {rule}"
        return self._attempt(fingerprint, reason)

    def _attempt(self, fingerprint: Fingerprint, reason: str) -> NodeResult:
        session = self.session
        execution = session.records.begin(
            self._key,
            inputs=self.inputs,
            exec_properties=self._recorded,
            reason=reason,
            fingerprint=fingerprint,
        )
        self.execution_id = execution.id
        session.heartbeat.add(execution)
        place = Workplace(session.root, self.node.id, execution.id)
        try:
            checkpoint(self.node.id, Point.REGISTERED)
            return self._execute_and_commit(execution, place, fingerprint, reason)
        except BaseException as error:
            self._record_failure(execution, place, error)
            raise
        finally:
            session.heartbeat.discard(execution.id)

    def _execute_and_commit(
        self, execution: metadata_store_pb2.Execution, place: Workplace, fingerprint: Fingerprint, reason: str
    ) -> NodeResult:
        outputs = new_outputs(self.node)
        place.prepare(outputs)
        checkpoint(self.node.id, Point.STAGED)
        summary = self._execute(outputs, place)
        checkpoint(self.node.id, Point.EXECUTED)
        payloads = measured(self.node.id, outputs)
        checkpoint(self.node.id, Point.MEASURED)
        with self.session.cancellation.committing():
            place.publish(outputs)
            checkpoint(self.node.id, Point.RENAMED)
            self.session.heartbeat.discard(execution.id)
            self.session.records.complete(
                execution,
                self._key,
                outputs=outputs,
                payloads=payloads,
                summary=summary,
                seconds=self._seconds,
                cache_key=fingerprint.key,
            )
        return self._result(NodeState.COMPLETE, reason, execution, outputs, summary)

    def _execute(self, outputs: dict[str, list[Artifact]], place: Workplace) -> list[str]:
        """Run the executor; the lines that it reported."""
        session, limit = self.session, self.node.execution_options.execution_timeout_sec
        with place.scratch() as work_dir:
            context = ExecutionContext(
                engine=engine_for(
                    session.pipeline.engine_args(self.node),
                    self._on_progress,
                    temp_location=place.shared_scratch,
                    find_sources=sources_named_in,
                ),
                progress=self._on_progress,
                work_dir=work_dir,
                node_id=self.node.id,
                pipeline_name=session.pipeline.pipeline_name,
                run_id=session.run.run_id,
            )
            executor_class = executor_class_of(self.node)
            executor = executor_class(context)
            inputs = {key: list(artifacts) for key, artifacts in self.inputs.items()}
            with session.cancellation.interruptible(limit or None), guard(executor_class, place.private):
                executor.Do(inputs, outputs, dict(self.exec_properties))
        return [without_secrets(line) for line in context.summary]

    def _on_progress(self, progress: Progress) -> None:
        self.session.cancellation.check()
        self.session.observer.node_progress(self.node.id, progress)

    def _record_failure(self, execution: metadata_store_pb2.Execution, place: Workplace, error: BaseException) -> None:
        self.session.heartbeat.discard(execution.id)
        left = place.clear(self.node.outputs)
        stopped = isinstance(error, Interrupted)
        state = metadata_store_pb2.Execution.CANCELED if stopped else metadata_store_pb2.Execution.FAILED
        self.session.records.close(execution, state, message_of(error) + left, self._seconds)

    @property
    def _key(self) -> NodeRecordKey:
        return NodeRecordKey(self.node.id, self.node.type)

    @property
    def _seconds(self) -> float:
        return time.perf_counter() - self._started

    def _result(
        self,
        state: NodeState,
        reason: str,
        execution: metadata_store_pb2.Execution,
        outputs: Mapping[str, Sequence[Artifact]],
        summary: Sequence[str],
    ) -> NodeResult:
        return NodeResult(self.node.id, state, reason, self._seconds, tuple(summary), execution.id, outputs, error=None)
