"""The store against a plain dictionary, in any order of calls that hypothesis thinks of."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from gristmill.metadata import Artifact, ArtifactType, Event, Execution, ExecutionType, MetadataStore, Value, errors

NAMES = st.sampled_from(["", "a", "b", "ä'"])
VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(lambda number: Value(int_value=number)),
    # SQLite keeps no sign of zero: adding zero makes -0.0 the 0.0 that is read back.
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Value(double_value=number + 0.0)),
    st.text(st.characters(codec="utf-8")).map(lambda text: Value(string_value=text)),
    st.booleans().map(lambda truth: Value(bool_value=truth)),
)
PROPERTIES = st.dictionaries(NAMES, VALUES, max_size=3)
STATES = st.none() | st.sampled_from(Artifact.State.values())


@dataclass
class Model:
    """What the store should hold."""

    artifacts: dict[int, Artifact] = field(default_factory=dict)
    events: dict[tuple[int, int, int], Event] = field(default_factory=dict)
    executions: set[int] = field(default_factory=set)


class StoreMachine(RuleBasedStateMachine):
    artifact_ids = Bundle("artifact_ids")
    execution_ids = Bundle("execution_ids")

    def __init__(self) -> None:
        super().__init__()
        self.store = MetadataStore("sqlite://")
        self.model = Model()
        self.type_id = self.store.put_artifact_type(ArtifactType(name="A"))
        self.execution_type_id = self.store.put_execution_type(ExecutionType(name="E"))

    def teardown(self) -> None:
        self.store.close()

    @rule(target=artifact_ids, name=st.none() | NAMES, uri=st.none() | NAMES, state=STATES, properties=PROPERTIES)
    def create(self, name: str | None, uri: str | None, state: int | None, properties: dict[str, Value]) -> int:
        given = Artifact(type_id=self.type_id, name=name, uri=uri, state=state, custom_properties=properties)
        taken = name is not None and name in {a.name for a in self.model.artifacts.values() if a.HasField("name")}
        try:
            [artifact_id] = self.store.put_artifacts([given])
        except errors.AlreadyExistsError:
            assert taken
            return max(self.model.artifacts)
        assert not taken
        given.id = artifact_id
        self.model.artifacts[artifact_id] = given
        return artifact_id

    @rule(artifact_id=artifact_ids, uri=NAMES, state=STATES, properties=PROPERTIES)
    def replace(self, artifact_id: int, uri: str, state: int | None, properties: dict[str, Value]) -> None:
        self.store.put_artifacts([Artifact(id=artifact_id, uri=uri, state=state, custom_properties=properties)])
        known = self.model.artifacts[artifact_id]
        kept = {"name": known.name} if known.HasField("name") else {}
        self.model.artifacts[artifact_id] = Artifact(
            id=artifact_id, type_id=self.type_id, uri=uri, state=state, custom_properties=properties, **kept
        )

    @rule(artifact_id=artifact_ids, key=NAMES, properties=PROPERTIES)
    def replace_one_property(self, artifact_id: int, key: str, properties: dict[str, Value]) -> None:
        change = Artifact(id=artifact_id, uri="ignored", custom_properties=properties)
        self.store.put_artifacts([change], [f"custom_properties.{key}"])
        known = self.model.artifacts[artifact_id].custom_properties
        if key in properties:
            known[key].CopyFrom(properties[key])
        elif key in known:
            del known[key]

    @rule(target=execution_ids)
    def execute(self) -> int:
        [execution_id] = self.store.put_executions([Execution(type_id=self.execution_type_id)])
        self.model.executions.add(execution_id)
        return execution_id

    @rule(artifact_id=artifact_ids, execution_id=execution_ids, type_=st.sampled_from(Event.Type.values()))
    def connect(self, artifact_id: int, execution_id: int, type_: int) -> None:
        event = Event(artifact_id=artifact_id, execution_id=execution_id, type=type_, milliseconds_since_epoch=1)
        key = (artifact_id, execution_id, type_)
        try:
            self.store.put_events([event])
        except errors.InvalidArgumentError:
            assert type_ == Event.UNKNOWN
        except errors.AlreadyExistsError:
            assert key in self.model.events
        else:
            assert key not in self.model.events
            self.model.events[key] = event

    @invariant()
    def the_store_holds_what_the_model_holds(self) -> None:
        stored = {artifact.id: artifact for artifact in self.store.get_artifacts()}
        assert stored.keys() == self.model.artifacts.keys()
        for artifact_id, artifact in stored.items():
            assert artifact.create_time_since_epoch <= artifact.last_update_time_since_epoch
            assert comparable(artifact) == comparable(self.model.artifacts[artifact_id])
        assert {execution.id for execution in self.store.get_executions()} == self.model.executions
        events = self.store.get_events_by_execution_ids(self.model.executions)
        assert events == list(self.model.events.values())


def comparable(artifact: Artifact) -> Artifact:
    """Without what the store adds; an unset uri and an empty one are the same."""
    copy = Artifact()
    copy.CopyFrom(artifact)
    for added in ("type", "create_time_since_epoch", "last_update_time_since_epoch"):
        copy.ClearField(added)
    copy.uri = copy.uri
    return copy


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
