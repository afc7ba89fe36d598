"""The part of the metadata store's suite about ``filter_query``."""

from __future__ import annotations

import pytest

from gristmill.metadata import ListOptions, MetadataStore, errors
from gristmill.proto import metadata_store_pb2 as messages
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    ParentContext,
    Value,
)

__all__ = ["FilterSuite"]

_ARTIFACTS: dict[str, list[int]] = {
    "true": [1, 2, 3],
    "FALSE": [],
    "id = 1": [1],
    "Id <> 1": [2, 3],
    "id = 0x1": [1],
    "id > 1.5": [2, 3],
    "-id = -1": [1],
    "id + 1 = 2": [1],
    "id * 2 = 4": [2],
    "id / 2 = 1.5": [3],
    "id / 3 > 0.333333 AND id / 3 < 0.3333334": [1],
    "1 / (id - 1) = 1": [2],
    "NOT 1 / (id - 1) = 1": [3],
    "2 + 2 * id = 6": [2],
    "(2 + 2) * id = 4": [1],
    "3 - id - 1 = 1": [1],
    "id IN (1, 2, 7)": [1, 2],
    "id NOT IN (1, 2)": [3],
    "id BETWEEN 2 AND 3": [2, 3],
    "id NOT BETWEEN 2 AND 3": [1],
    "id >= -9223372036854775808": [1, 2, 3],
    "id = 1 OR id = 2 AND id = 3": [1],
    "(id = 1 OR id = 2) AND id = 2": [2],
    "not id = 1 and not (id = 2)": [3],
    "NOT NOT id = 1": [1],
    "type = 'A' AND type_id > 0": [1, 2, 3],
    "create_time_since_epoch > 5 AND last_update_time_since_epoch > 0": [1, 2, 3],
    'uri = "Uri"': [1],
    'uri = "uri"': [],
    "uri LIKE 'u%'": [2],
    "uri LIKE '_2'": [2],
    "uri NOT LIKE '%[*]%'": [1, 2],
    r"uri LIKE '100\\%'": [],
    r"uri LIKE '%[*]\\_'": [3],
    r"name = 'it\'s \u00e4'": [2],
    r"name = r'it\'s'": [],
    'name = "\' OR 1 = 1 --"': [],
    "name = 'it\\'s \u00e4 '": [],
    "name LIKE '%ä'": [2],
    "name LIKE '_____ä'": [2],
    "name LIKE '____ä'": [],
    "name < 'o' AND name > 'N'": [1, 2],
    "uri < 'a' OR uri > 'z'": [1, 3],
    "name LIKE '%Ä'": [],
    "name != 'n1'": [2],
    "name > 'n' OR name < 'a'": [1],
    "name IS NULL OR name = 'n1'": [1, 3],
    "NOT (name IS NULL)": [1, 2],
    "(id = 1) = true": [1],
    "properties.b.bool_value = true": [1],
    "name IS NULL": [3],
    "name IS NOT NULL": [1, 2],
    "name IN ('n1', NULL)": [1],
    "external_id IS NULL": [1, 2, 3],
    "state = LIVE": [1],
    "state != LIVE": [2, 3],
    "state IN (LIVE, ABANDONED)": [1, 3],
    "state NOT IN (LIVE)": [2, 3],
    "state IS NULL": [2],
    "NOT (state = LIVE)": [3],
    "properties.i.int_value > 5": [2],
    "NOT properties.i.int_value > 5": [1],
    "properties.i.int_value = 5.0": [1],
    "properties.i.int_value IS NULL": [],
    "properties.b.bool_value": [1],
    "properties.b.bool_value = false": [],
    "properties.d.double_value = 0.5": [2],
    "custom_properties.`x y`.string_value = 'v'": [1],
    "custom_properties.i.int_value = 5": [],
    "contexts_a.name = 'c1'": [1],
    "contexts_a.name = 'c1' OR uri = 'u2'": [1],
    "contexts_a.name = 'c1' AND contexts_b.name = 'c2'": [1],
    "contexts_a.name = 'c1' AND contexts_a.name = 'c2'": [],
    "contexts_a.type = 'C'": [1],
    "events_0.type = OUTPUT AND events_0.execution_id = 1": [1],
    "events_0.type IN (INPUT)": [],
}
_EXECUTIONS = {
    "last_known_state = COMPLETE": [1],
    "events_0.artifact_id = 1 AND contexts_a.name = 'c1'": [1],
    "events_0.milliseconds_since_epoch > 0": [1],
}
_CONTEXTS = {
    "artifacts_a.state = LIVE": [1, 2],
    "artifacts_a.uri = 'Uri' AND executions_b.last_known_state = COMPLETE": [1, 2],
    "parent_contexts_a.name = 'c1'": [2],
    "child_contexts_a.name = 'c2'": [1],
    "parent_contexts_a.type = 'C' AND name = 'c2'": [2],
}
_WRONG = [
    "id",
    "id =",
    "id = 1 AND",
    "(id = 1",
    "id = 1)",
    "id = 1; DROP TABLE Artifact",
    "id = 'x",
    r"name = '\q'",
    "id NOT 1",
    "id IS 1",
    "id IN ()",
    "id = 99999999999999999999",
    "id = '1'",
    "name = 3",
    "name + 1 = 2",
    "name = NULL",
    "name LIKE 3",
    "name LIKE uri",
    r"name LIKE '%\\'",
    "state = 2",
    "state > 1",
    "state = 'LIVE'",
    "state = ALIVE",
    "foo = 1",
    "contexts_a.foo = 1",
    "CONTEXTS_a.name = 'x'",
    "contexts_.name = 'x'",
    "parent_contexts_a.name = 'x'",
    "properties.i = 5",
    "properties.i.struct_value = 5",
    "lower(name) = 'x'",
    "uri = @x",
    "(" * 100 + "true" + ")" * 100,
]


class FilterSuite:
    """Inherited by ``MetadataStoreSuite``, which has the fixtures."""

    @pytest.fixture
    def filled(self, store: MetadataStore) -> MetadataStore:
        """A store of three artifacts, an execution that made the first, and two contexts, the second in the first."""
        type_ = ArtifactType(name="A", properties={"i": messages.INT, "d": messages.DOUBLE, "b": messages.BOOLEAN})
        type_id = store.put_artifact_type(type_)
        first = Artifact(type_id=type_id, name="n1", uri="Uri", state=Artifact.LIVE)
        first.properties["i"].int_value = 5
        first.properties["b"].bool_value = True
        first.custom_properties["x y"].string_value = "v"
        context = store.put_context_type(ContextType(name="C"))
        store.put_execution(
            Execution(type_id=store.put_execution_type(ExecutionType(name="E")), last_known_state=Execution.COMPLETE),
            [(first, Event(type=Event.OUTPUT))],
            [Context(type_id=context, name="c1"), Context(type_id=context, name="c2")],
        )
        numbers = {"i": Value(int_value=6), "d": Value(double_value=0.5)}
        store.put_artifacts([Artifact(type_id=type_id, name="it's ä", uri="u2", properties=numbers)])
        store.put_artifacts([Artifact(type_id=type_id, uri="1[*]_", state=Artifact.ABANDONED)])
        store.put_parent_contexts([ParentContext(child_id=2, parent_id=1)])
        return store

    def test_a_filter_passes_the_nodes_for_which_it_holds(self, filled: MetadataStore) -> None:
        for get, expected in (
            (filled.get_artifacts, _ARTIFACTS),
            (filled.get_executions, _EXECUTIONS),
            (filled.get_contexts, _CONTEXTS),
        ):
            found = {text: [node.id for node in get(ListOptions(filter_query=text))] for text in expected}
            assert found == expected

    def test_a_filter_works_with_order_limit_and_context(self, filled: MetadataStore) -> None:
        options = ListOptions(limit=2, is_asc=False, filter_query="id > 0")
        assert [a.id for a in filled.get_artifacts(options)] == [3, 2]
        assert [a.id for a in filled.get_artifacts_by_context(1, options)] == [1]
        assert [e.id for e in filled.get_executions_by_context(1, ListOptions(filter_query="id = 2"))] == []

    @pytest.mark.parametrize("text", _WRONG)
    def test_a_filter_that_cannot_hold_is_refused_with_its_place(self, store: MetadataStore, text: str) -> None:
        with pytest.raises(errors.InvalidArgumentError, match=r"Invalid `filter_query`: .* \[at 1:\d+\]"):
            store.get_artifacts(ListOptions(filter_query=text))
