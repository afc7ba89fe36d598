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
_OPERATORS: dict[str, list[int]] = {
    "name || '/' || uri = 'n1/Uri'": [1],
    "'a' || name IS NULL": [3],
    "+id = 1 AND - -id = 1": [1],
    "(name = 'n1') IS TRUE": [1],
    "(name = 'n1') IS NOT TRUE": [2, 3],
    "(name = 'n1') IS FALSE": [2],
    "(name = 'n1') IS NOT FALSE": [1, 3],
    "properties.b.bool_value IS TRUE": [1],
    "NOT custom_properties.`x y`.bool_value": [],  # a property of another type has no truth value
    "NULL OR id = 1": [1],
    "NOT NULL": [],
    "name IS DISTINCT FROM 'n1'": [2, 3],
    "name IS NOT DISTINCT FROM NULL": [3],
    "id IS NOT DISTINCT FROM 2.0": [2],
    "name BETWEEN 'A' AND 'm'": [2],
    "TRUE = (id BETWEEN 2 AND 3) AND (id BETWEEN 1 AND 2) = TRUE AND (id IN (2)) != FALSE": [2],
    "(name IS NULL) = (id > 2) AND (NOT id = 1) = (id = 1)": [],
    "(id BETWEEN 1 AND 2) BETWEEN FALSE AND FALSE": [3],
    "name NOT LIKE 'n%' AND id NOT BETWEEN 3 AND 4": [2],
    "id = 1 -- the first": [1],
    "# the first\nid /* not = */ = 1": [1],
    "id = 0X2 OR id = 1e0 OR id = .3E1": [1, 2, 3],
    "uri = '''Uri''' OR uri = \"\"\"u2\"\"\"": [1, 2],
    r"uri = '\u0055ri' OR uri = '\165\x32' OR uri = R'Uri'": [1, 2],
    "'a' = 'A'": [],
}
_FUNCTIONS: dict[str, list[int]] = {
    "LOWER(uri) = 'uri'": [1],
    "upper(name) = 'IT\\'S Ä'": [2],
    "LOWER('ÄΩЖ') = 'äωж' AND UPPER('äωж') = 'ÄΩЖ'": [1, 2, 3],
    "LENGTH(name) = 6 AND CHAR_LENGTH(name) = 6 AND CHARACTER_LENGTH('') = 0": [2],
    "CONCAT(uri, '-', name) = 'Uri-n1'": [1],
    "CONCAT(uri, name) IS NULL": [3],
    "CONCAT(uri) = 'u2'": [2],
    "SUBSTR(uri, 2) = 'ri' OR SUBSTRING(uri, 2, 1) = '2'": [1, 2],
    "SUBSTR(name, -1) = 'ä'": [2],
    "SUBSTR(uri, -2, 1) = 'r' OR SUBSTR(uri, -9, 2) = 'u2'": [1, 2],
    "SUBSTR(uri, 0, 2) = 'Ur' AND SUBSTR(uri, 9) = '' AND SUBSTR(uri, 1, 0) = ''": [1],
    "SUBSTR(uri, 1, id - 2) IS NULL": [1],
    "SUBSTR(uri, 1, 9223372036854775807) = uri AND SUBSTR(uri, 9223372036854775807) = ''": [1, 2, 3],
    "SUBSTR(uri, NULL) IS NULL AND SUBSTR(uri, 1, NULL) IS NULL": [1, 2, 3],
    "TRIM(CONCAT(' \\t\u3000', uri, '\\n ')) = uri": [1, 2, 3],
    "TRIM(uri, '_1') = '[*]' OR TRIM(uri, 'Ui') = 'r'": [1, 3],
    "LTRIM(uri, 'u1') = '[*]_' AND LTRIM(' x ') = 'x '": [3],
    "RTRIM(uri, ']_') = '1[*' AND RTRIM(' x ') = ' x'": [3],
    "RTRIM(CONCAT(uri, ' b'), 'b') = 'u2'": [],
    "TRIM(uri, '') = 'u2' AND TRIM(uri, 'U') = 'u2'": [2],
    "REPLACE(uri, 'r', '') = 'Ui' OR REPLACE(uri, '', 'x') = 'u2' OR REPLACE(uri, '1', 'U') = 'u2'": [1, 2],
    "STARTS_WITH(uri, 'u') OR STARTS_WITH(uri, '1[')": [2, 3],
    "STARTS_WITH(name, 'n1 ') OR ENDS_WITH(name, ' n1')": [],
    "ENDS_WITH(uri, 'i') AND STARTS_WITH(uri, '') AND ENDS_WITH(uri, '')": [1],
    "NOT STARTS_WITH(name, 'n')": [2],
    "ENDS_WITH(uri, '_') = TRUE": [3],
    "STRPOS(uri, 'r') = 2 OR STRPOS(uri, '*') = 3": [1, 3],
    "STRPOS(uri, 'u') = 0 AND STRPOS(uri, '') = 1": [1, 3],
    "ABS(id - 2) = 1 AND ABS(-0.5) = 0.5": [1, 3],
    "MOD(id, 2) = 1": [1, 3],
    "MOD(-id, 2) = -1 AND DIV(-id, 2) = -1": [3],
    "DIV(7, id) = 3": [2],
    "MOD(id, id - 1) IS NULL OR DIV(id, id - 2) IS NULL": [1, 2],
    "SAFE_DIVIDE(id, 2) = 0.5 OR SAFE_DIVIDE(1, id - 2) IS NULL": [1, 2],
    "ROUND(id / 2) = 2": [3],
    "ROUND(2.5) = 3 AND ROUND(-2.5) = -3 AND ROUND(0.49999999999999994) = 0 AND ROUND(1e300) = 1e300": [1, 2, 3],
    "ROUND(id * 0.127, 2) = 0.13 OR ROUND(id * 127, -2) = 300": [1, 2],
    "FLOOR(id / 2) = 1 AND CEIL(id / 2) = 2": [3],
    "FLOOR(-0.5) = -1 AND CEILING(-0.5) = 0 AND TRUNC(-1.5) = -1 AND TRUNC(1.5) = 1": [1, 2, 3],
    "GREATEST(id, 2) = 2": [1, 2],
    "LEAST(id, 1.5, 7) = 1.5 AND GREATEST(id) = 2": [2],
    "GREATEST(name, 'n') = 'n1' OR LEAST(name, 'Z') = 'Z'": [1, 2],
    "GREATEST(id, NULL) IS NULL AND LEAST(name, 'x') IS NULL": [3],
    "COALESCE(NULL, name, uri) = '1[*]_'": [3],
    "IFNULL(name, 'none') = 'none'": [3],
    "NULLIF(id, 2) IS NULL": [2],
    "IF(name IS NULL, uri, name) IN ('n1', '1[*]_')": [1, 3],
    "IF(id = 1, 1, 0.5) = 0.5": [2, 3],
    "IF(name = 'n1', 'a', 'b') = 'A' OR IF(NULL, TRUE, FALSE)": [],
    "CAST(id AS STRING) = '2' OR CONCAT(uri, CAST(id AS STRING)) = 'Uri1'": [1, 2],
    "CAST(SUBSTR(uri, 2) AS INT64) = 2": [2],
    "CAST(uri AS INT64) IS NULL AND SAFE_CAST('-07' AS INT64) = -7": [1, 2, 3],
    "CAST('9223372036854775808' AS INT64) IS NULL AND CAST('9223372036854775807' AS INT64) > id": [1, 2, 3],
    "CAST('1 ' AS INT64) IS NULL AND CAST('1\\n' AS FLOAT64) IS NULL AND CAST('' AS DOUBLE) IS NULL": [1, 2, 3],
    "CAST('-1.5e1' AS FLOAT64) = -15 AND CAST('.5' AS FLOAT64) = 0.5": [1, 2, 3],
    "CAST(id / 2 AS INT64) = 2 AND CAST(-1.5 AS INT64) = -2": [3],
    "CAST(1e19 AS INT64) IS NULL AND CAST(id AS FLOAT64) / 2 = 0.5": [1],
    "CAST(id - 1 AS BOOL)": [2, 3],
    "CAST(id = 1 AS INT64) = 1 AND CAST(id = 1 AS STRING) = 'true'": [1],
    "CAST('True' AS BOOL) AND NOT CAST('FALSE' AS BOOLEAN) AND CAST('1' AS BOOL) IS NULL": [1, 2, 3],
    "CAST(NULL AS STRING) IS NULL AND CAST(uri AS STRING) = uri": [1, 2, 3],
    "LOWER(NULL) IS NULL AND ABS(NULL) IS NULL AND STRPOS(uri, NULL) IS NULL AND NOT CAST(NULL AS BOOL)": [],
    "LOWER(contexts_a.name) = 'c1' AND UPPER(type) = 'A'": [1],
    "properties.i.int_value + LENGTH(uri) = 8": [1, 2],
    "LOWER(UPPER(uri)) || LOWER(name) < 'v' AND CONCAT(LOWER(uri), UPPER(uri)) > 'a'": [1, 2],
    "uri IN (LOWER('U2'), CONCAT('U', 'ri'))": [1, 2],
    "LOWER(uri) LIKE 'u%' AND LOWER(uri) BETWEEN 'u' AND 'v'": [1, 2],
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
_MISTAKES = [
    ("LOWR(name) = 'x'", "did you mean 'LOWER'"),
    ("CAST(id AS STRNG) = '1'", "did you mean 'STRING'"),
    ("stat = LIVE", "did you mean 'state'"),
    ("contexts_a.nam = 'x'", "did you mean 'name'"),
    ("events_a.executionid = 1", "did you mean 'execution_id'"),
    ("state = LIV", "did you mean 'LIVE'"),
    ("state = 'DELETED'", "did you mean 'DELETED'"),
    ("state = NULL", "use IS NULL"),
    ("properties.a = 1", r"a property is properties\.NAME\.int_value or"),
    ("custom_properties.a.value = 1", r"a property is custom_properties\.NAME\.int_value or"),
    ("id == 1", "a single = compares"),
    ("name = 'x", "the quote is not closed"),
]

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
    "lower(id) = 'x'",
    "LOWER(name, uri) = 'x'",
    "LOWER() = 'x'",
    "LOWER = 'x'",
    "LOWR(name) = 'x'",
    "REGEXP_CONTAINS(name, 'x')",
    "CONCAT(name, id) = 'x'",
    "name || 1 = 'x'",
    "-name = 'x'",
    "MOD(id, 1.5) = 1",
    "ABS(name) = 1",
    "ABS(state) = 1",
    "COALESCE(state, 1) = 1",
    "GREATEST(id, 'x') = 1",
    "IF(id, 1, 2) = 1",
    "IF(true, 1, 'x') = 1",
    "TRIM(name, uri) = 'x'",
    "ROUND(0.5, id) = 1",
    "ROUND(0.5, '1') = 1",
    "CAST(id AS DATE) = 1",
    "CAST(id AS STRNG) = '1'",
    "CAST(0.5 AS STRING) = '0.5'",
    "CAST(id AS) = 1",
    "CAST(id) = 1",
    "name IS DISTINCT FROM 1",
    "name IS DISTINCT 'x'",
    "state IS DISTINCT FROM LIVE",
    "id BETWEEN 1 AND NULL",
    "id IS TRUE",
    r"name = '\ud800'",
    "b'x' = name",
    "id = 1 /* open",
    "1" + "+1" * 2000 + " = id",
    "ROUND(" * 40 + "0.5" + ")" * 40 + " = id",
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

    @pytest.mark.parametrize("expected", [_OPERATORS, _FUNCTIONS], ids=["operators", "functions"])
    def test_operators_and_functions_mean_what_googlesql_says(
        self, filled: MetadataStore, expected: dict[str, list[int]]
    ) -> None:
        found = {text: [a.id for a in filled.get_artifacts(ListOptions(filter_query=text))] for text in expected}
        assert found == expected

    @pytest.mark.parametrize(("text", "hint"), _MISTAKES)
    def test_a_common_mistake_is_told_with_what_is_meant(self, store: MetadataStore, text: str, hint: str) -> None:
        with pytest.raises(errors.InvalidArgumentError, match=f"Hint: {hint}"):
            store.get_artifacts(ListOptions(filter_query=text))

    def test_a_filter_works_with_order_limit_and_context(self, filled: MetadataStore) -> None:
        options = ListOptions(limit=2, is_asc=False, filter_query="id > 0")
        assert [a.id for a in filled.get_artifacts(options)] == [3, 2]
        assert [a.id for a in filled.get_artifacts_by_context(1, options)] == [1]
        assert [e.id for e in filled.get_executions_by_context(1, ListOptions(filter_query="id = 2"))] == []

    def test_a_filter_sees_a_struct_as_the_text_that_is_stored(self, filled: MetadataStore) -> None:
        second = filled.get_artifacts_by_id([2])[0]
        second.custom_properties["x y"].struct_value.update({"a": 1})
        filled.put_artifacts([second])
        passing = {
            text: [a.id for a in filled.get_artifacts(ListOptions(filter_query=f"custom_properties.`x y`.{text}"))]
            for text in ("string_value LIKE '%'", "string_value LIKE 'mlmd-struct::%'", "int_value IS NULL")
        }
        assert list(passing.values()) == [[1, 2], [2], [1, 2]]

    @pytest.mark.parametrize("text", _WRONG)
    def test_a_filter_that_cannot_hold_is_refused_with_its_place(self, store: MetadataStore, text: str) -> None:
        with pytest.raises(errors.InvalidArgumentError, match=r"Invalid `filter_query`: .* \[at 1:\d+\]"):
            store.get_artifacts(ListOptions(filter_query=text))
