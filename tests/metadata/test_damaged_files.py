"""SQLite files with damage: every call answers, or ends in a typed error that says what to do; nothing gets worse."""

from __future__ import annotations

import contextlib
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.metadata import MetadataStore, errors
from gristmill.metadata.sql.tables import tables_for
from gristmill.metadata.wire.server import MetadataServer

from .small_store import PAGE, READS, WRITES, Call, at_once, change, contents, write_contents

ANSWERS = (errors.NotFoundError, errors.InvalidArgumentError, errors.AlreadyExistsError)
"""What is said of things that are not there, or are otherwise than the caller thinks; with or without damage."""
TABLES = sorted(tables_for("sqlite").metadata.tables.keys() - {"ExecutionProperty", "ContextProperty"})
"""Those of properties are read alike."""
MOST_MEMORY = 64 * 1024  # kB that a test may add: a store file of some 40 kB needs nothing like it


@pytest.fixture
def path(small_store: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copy(small_store, tmp_path))


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + MOST_MEMORY


def check_every_call(path: Path) -> list[errors.StatusError]:
    """Opens a store and makes each call; gives the errors that they ended in."""
    before = contents(path)
    is_half_written = path.with_name(f"{path.name}-journal").exists()  # which SQLite takes back at the first look
    told: list[errors.StatusError] = []
    try:
        with MetadataStore(at_once(path)) as store:
            told += filter(None, (_error_of(call, store) for call in (*READS, *WRITES)))
    except errors.OpenError as error:
        told = [error]
    if any(isinstance(error, errors.OpenError) for error in told) and not is_half_written:
        assert contents(path) == before
    assert [error for error in told if not (error.hint or isinstance(error, ANSWERS))] == []
    return told


def _error_of(call: Call, store: MetadataStore) -> errors.StatusError | None:
    try:
        call(store)
    except errors.StatusError as error:
        return error
    return None


def test_the_undamaged_store_answers_every_call(path: Path) -> None:
    assert check_every_call(path) == []


# ---- bits, bytes and pages

Damage = Callable[[bytearray], None]


def _flip(at: int, bit: int) -> Damage:
    def damage(content: bytearray) -> None:
        content[at % len(content)] ^= 1 << bit

    return damage


def _overwrite(at: int, new: bytes) -> Damage:
    def damage(content: bytearray) -> None:
        start = at % len(content)
        content[start : start + len(new)] = new[: len(content) - start]

    return damage


def _copy_page(source: int, goal: int) -> Damage:
    def damage(content: bytearray) -> None:
        pages = max(1, len(content) // PAGE)
        start, end = (number % pages * PAGE for number in (source, goal))
        content[end : end + PAGE] = content[start : start + PAGE]

    return damage


def _cut(at: int) -> Damage:
    def damage(content: bytearray) -> None:
        del content[max(1, at % len(content)) :]  # an empty file is a new store

    return damage


PLACES = st.integers(0, 199) | st.integers(0, 10**6)  # the file's header, with the list of tables; anywhere
DAMAGE = st.lists(
    st.builds(_flip, PLACES, st.integers(0, 7))
    | st.builds(_overwrite, PLACES, st.binary(min_size=1, max_size=200))
    | st.builds(_overwrite, PLACES, st.builds(bytes, st.integers(1, 2 * PAGE)))
    | st.builds(_copy_page, PLACES, PLACES)
    | st.builds(_cut, PLACES),
    min_size=1,
    max_size=6,
)
budget = settings(derandomize=True, database=None)


def check_damaged(store: Path, hurt: str, damage: list[Damage]) -> None:
    """Damages one of the files of a store (in a folder of its own), and makes every call."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(store.parent, folder, dirs_exist_ok=True))
        content = bytearray((copy / hurt).read_bytes())
        for each in damage:
            each(content)
        (copy / hurt).write_bytes(content)
        check_every_call(copy / store.name)


@settings(budget, max_examples=40)
@given(damage=DAMAGE)
def test_a_damaged_file(small_store: Path, damage: list[Damage]) -> None:
    check_damaged(small_store, "metadata.db", damage)


@pytest.fixture(scope="module")
def with_log(small_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose last writes are in its log, as a killed process leaves it; not to be changed."""
    path = Path(shutil.copy(small_store, tmp_path_factory.mktemp("source")))
    copy = tmp_path_factory.mktemp("log") / path.name
    change(path, "PRAGMA journal_mode=WAL")
    with MetadataStore(path) as store:
        for call in WRITES:
            call(store)
        write_contents(copy, contents(path))
    return copy


@settings(budget, max_examples=12)
@given(damage=DAMAGE)
def test_a_damaged_log(with_log: Path, damage: list[Damage]) -> None:
    check_damaged(with_log, "metadata.db-wal", damage)


@settings(budget, max_examples=8)
@given(damage=DAMAGE)
def test_a_damaged_file_beside_a_log(with_log: Path, damage: list[Damage]) -> None:
    check_damaged(with_log, "metadata.db", damage)


def test_a_newer_version_in_the_log_is_left_there(with_log: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(with_log.parent, tmp_path / "writing")) / with_log.name
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("UPDATE MLMDEnv SET schema_version = 11")
    killed = tmp_path / path.name
    write_contents(killed, contents(path))
    writer.close()
    [error] = check_every_call(killed)
    assert "version 11" in error.message
    assert len(contents(killed)[f"{path.name}-wal"]) > 0


@pytest.fixture(scope="module")
def with_journal(small_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in the middle of a write, with the journal that takes it back; not to be changed."""
    path = Path(shutil.copy(small_store, tmp_path_factory.mktemp("source")))
    copy = tmp_path_factory.mktemp("journal")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA cache_size=2")  # pages: the rest goes to the file before it is committed
    writer.execute("BEGIN")
    for node in ("Artifact", "Execution", "Context"):
        writer.execute(f"UPDATE {node} SET name = 'half ' || name")
        writer.execute(f"UPDATE {node}Property SET string_value = string_value || ' half'")
    shutil.copytree(path.parent, copy, dirs_exist_ok=True)
    writer.close()
    assert (copy / path.name).read_bytes() != small_store.read_bytes()
    return copy / path.name


def test_a_journal_takes_half_a_write_back(with_journal: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(with_journal.parent, tmp_path, dirs_exist_ok=True))
    with MetadataStore(copy / with_journal.name) as store:
        assert [artifact.name for artifact in store.get_artifacts()] == ["m0", "m1", "m2", "m3"]


@settings(budget, max_examples=8)
@given(damage=DAMAGE)
def test_a_damaged_journal(with_journal: Path, damage: list[Damage]) -> None:
    check_damaged(with_journal, "metadata.db-journal", damage)


# ---- cells

WRONG = ("CAST(x'41ff' AS TEXT)", "'text'", "x'ff00'", "1.5", "NULL", "4611686018427387904", "-1", "''", "9e999", "0")


@pytest.mark.parametrize("table", TABLES)
def test_values_of_the_wrong_type_in_each_column(path: Path, table: str) -> None:
    whole = path.read_bytes()
    for column in tables_for("sqlite").metadata.tables[table].c:
        path.write_bytes(whole)
        database = sqlite3.connect(path, isolation_level=None)
        for number, row in enumerate(database.execute(f'SELECT rowid FROM "{table}"').fetchall()):
            with contextlib.suppress(sqlite3.IntegrityError):  # where the schema itself forbids it
                wrong = WRONG[number % len(WRONG)]
                database.execute(f'UPDATE "{table}" SET "{column.name}" = {wrong} WHERE rowid = ?', row)
        database.close()
        check_every_call(path)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ArtifactProperty SET string_value = CAST(x'41ff' AS TEXT)", "Could not decode to UTF-8"),
        ("UPDATE ArtifactProperty SET int_value = 'many' WHERE name = 'i'", "a stored artifact cannot be read"),
        ("UPDATE ArtifactProperty SET proto_value = 'no base64!' WHERE name = 'm'", "is not base64 text"),
        ("UPDATE ArtifactProperty SET proto_value = 'AAAA' WHERE name = 'm'", "no serialized Any message"),
        ("UPDATE Artifact SET state = 77", "a stored artifact cannot be read"),
        ("UPDATE Artifact SET create_time_since_epoch = 'today'", "a stored artifact cannot be read"),
        ("UPDATE Event SET type = 77", "a stored event cannot be read"),
        ("UPDATE Event SET execution_id = 'first'", "a stored event cannot be read"),
        ("UPDATE EventPath SET step_index = 'second' WHERE is_index_step", "a stored event cannot be read"),
        ("UPDATE Type SET input_type = '{' WHERE name = 'Trainer'", "structure of execution type 'Trainer'"),
        ("UPDATE TypeProperty SET data_type = 77", "a stored type cannot be read"),
        ("UPDATE Event SET execution_id = 'first'", "the stored lineage cannot be read"),
        ("UPDATE ParentContext SET parent_context_id = 'root'", "a stored parent context cannot be read"),
        ("DELETE FROM Type WHERE name LIKE 'mlmd.%'", "the system type 'mlmd.Train' is missing"),
        ("ALTER TABLE ContextProperty RENAME COLUMN bool_value TO other", "no such column"),
        ("ALTER TABLE EventPath RENAME COLUMN step_key TO other", "has no column named step_key"),
    ],
)
def test_what_is_damaged_is_named(path: Path, statement: str, words: str) -> None:
    change(path, statement)
    told = [error for error in check_every_call(path) if words in error.message]
    assert told
    for error in told:
        assert isinstance(error, errors.DataLossError)
        assert "restore" in str(error.hint)
        assert str(path) in error.message
        assert "drüben" not in str(error)


def test_rows_that_name_what_is_gone_are_read_without_it(path: Path) -> None:
    change(path, "DELETE FROM Type WHERE name IN ('Model', 'run')", "DELETE FROM Execution WHERE id = 2")
    with MetadataStore(path) as store:
        assert [artifact.type for artifact in store.get_artifacts()] == [""] * 4
        assert [event.execution_id for event in store.get_events_by_artifact_ids([2])] == [2, 3]
        assert [execution.id for execution in store.get_executions()] == [1, 3, 4]
        assert [context.id for context in store.get_contexts_by_execution(2)] == [2]
        with pytest.raises(errors.NotFoundError, match="there is no artifact type with id 10"):
            store.put_artifacts([*store.get_artifacts_by_id([1])])


def test_indexes_that_are_gone_are_not_missed(path: Path) -> None:
    indexes = [index.name for table in tables_for("sqlite").metadata.tables.values() for index in table.indexes]
    change(path, *(f"DROP INDEX {name}" for name in indexes))
    assert len(indexes) == 24
    assert check_every_call(path) == []


# ---- over the wire


@pytest.mark.parametrize(
    ("statement", "kind", "advice"),
    [
        ("UPDATE Artifact SET state = 77", errors.DataLossError, "restore"),
        ("ALTER TABLE Artifact RENAME COLUMN state TO other", errors.DataLossError, "restore"),
        ("DROP TABLE ArtifactProperty", errors.DataLossError, "restore"),
    ],
)
def test_a_client_is_told_the_same(path: Path, statement: str, kind: type[errors.StatusError], advice: str) -> None:
    with (
        MetadataStore(path) as store,
        MetadataServer(store, port=0) as server,
        MetadataStore(f"grpc://{server.address}") as client,
    ):
        change(path, statement)
        for each in (store, client):
            with pytest.raises(kind) as caught:
                each.get_artifacts()
            assert advice in str(caught.value.hint)
