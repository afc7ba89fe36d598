"""Types come from all rows of all files, and do not depend on how the rows are cut or on timing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import ConfigError, DataError
from gristmill.io.csv import ColumnType, CsvOptions, CsvReader, CsvSchema, Widening, blocks, infer_csv_schema, inference
from gristmill.io.shard import Shard

EMPTY, INT, FLOAT, STRING = ColumnType.EMPTY, ColumnType.INT, ColumnType.FLOAT, ColumnType.STRING


Write = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*contents: str | bytes) -> list[str]:
        uris = []
        for index, content in enumerate(contents):
            path = tmp_path / f"{index}.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            uris.append(str(path))
        return uris

    return write


def types(uris: list[str], options: CsvOptions | None = None) -> dict[str, ColumnType]:
    schema = infer_csv_schema(uris, options)
    return dict(zip(schema.names, schema.types, strict=True))


def read(uris: list[str], options: CsvOptions | None = None) -> dict[str, list[object]]:
    return rows_of(infer_csv_schema(uris, options))


def rows_of(schema: CsvSchema) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {name: [] for name in schema.names}
    for shard in schema.shards():
        for batch in CsvReader(schema)(shard):
            for name in schema.names:
                columns[name] += batch.column(name).to_pylist()
    return columns


def test_a_column_has_the_widest_type_of_its_values(write: Write) -> None:
    uris = write("i,f,s,e,big\n1,1,1,,1\n2,2.5,x,,9223372036854775808\n,,,,\n")
    assert types(uris) == {"i": INT, "f": FLOAT, "s": STRING, "e": EMPTY, "big": STRING}


def test_values_become_lists_of_at_most_one(write: Write) -> None:
    uris = write('i,f,s,e\n1,0.1,ä,\n,,,\n3,nan,"",\n')
    columns = read(uris)
    assert columns["i"] == [[1], [], [3]]
    assert columns["f"][0] == [pytest.approx(0.1, abs=1e-8)]
    assert columns["f"][0] != [0.1]  # 32 bits
    assert columns["s"] == [["ä".encode()], [], []]
    assert columns["e"] == [None, None, None]


def test_all_files_share_their_types(write: Write) -> None:
    uris = write("a\n1\n", "a\n2.5\n", "a\n3\n")
    schema = infer_csv_schema(uris)
    assert schema.types == (FLOAT,)
    assert rows_of(schema) == {"a": [[1.0], [2.5], [3.0]]}
    assert schema.rows == 3


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffa,b\n1,x\n2,y\n",
        "a,b\r\n1,x\r\n2,y\r\n",
        "a,b\r1,x\r2,y\r",
        "a,b\n1,x\n2,y",
        '\n\na,b\n\n1,x\n\n\n2,"y"\n\n',
        '"a","b"\n"1","x"\n"2","y"\n',
    ],
    ids=["mark", "crlf", "cr", "no-end", "blank-lines", "quoted"],
)
def test_ways_to_write_the_same_rows(write: Write, content: str) -> None:
    assert read(write(content)) == {"a": [[1], [2]], "b": [[b"x"], [b"y"]]}


def test_quoted_fields_hold_delimiters_quotes_and_line_ends(write: Write) -> None:
    uris = write('a,b\n"x,1\r\ny ""q""",2\n5" pipe,3\n')
    assert read(uris) == {"a": [[b'x,1\r\ny "q"'], [b'5" pipe']], "b": [[2], [3]]}


def test_other_dialects_are_options(write: Write) -> None:
    options = CsvOptions(delimiter="\t", column_names=["a", "b"], null_values=["n/a"])
    assert read(write("1\tx\nn/a\tn/a\n"), options) == {"a": [[1], []], "b": [[b"x"], []]}
    with pytest.raises(ConfigError, match="one ASCII character"):
        CsvOptions(delimiter="::")


def test_types_can_be_fixed(write: Write) -> None:
    uris = write("zip,n\n01234,1\n98765,x\n")
    assert read(uris, CsvOptions(column_types={"zip": STRING}))["zip"] == [[b"01234"], [b"98765"]]
    with pytest.raises(DataError, match=r"(?s)column 'n' holds a value that is not INT.*line 3.*'x'.*null_values"):
        infer_csv_schema(uris, CsvOptions(column_types={"n": INT}))
    with pytest.raises(ConfigError, match="that the files do not have"):
        infer_csv_schema(uris, CsvOptions(column_types={"zap": INT}))


def test_a_widening_is_reported_with_its_place(write: Write) -> None:
    rows = "".join(f'{index},"two\nlines"\n' for index in range(5000))
    uris = write(f"n,t\n{rows}n/a,x\n7.5,y\n")
    schema = infer_csv_schema(uris)
    assert schema.types == (STRING, STRING)
    (widening,) = schema.widenings
    assert (widening.column, widening.before, widening.after) == ("n", INT, STRING)
    assert (widening.place.uri, widening.place.line, widening.value) == (uris[0], 10_002, "n/a")
    assert list(schema.text_columns()) == [widening]


def test_each_step_of_a_widening_is_reported_once(write: Write) -> None:
    schema = infer_csv_schema(write("a\n\n1\n2.5\n3\n", "a\nx\n4.5\ny\n"))
    steps = [(w.before, w.after, w.place.line, w.value) for w in schema.widenings]
    assert steps == [(INT, FLOAT, 4, "2.5"), (FLOAT, STRING, 2, "x")]


CELLS = st.sampled_from(
    ["", "1", "-7", "2.5", "1e5", "nan", "x", "a,b", 'q"q', "l\nl", "0x1F", "9223372036854775808", "inf"]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=30), st.integers(1, 60))
def test_blocks_and_workers_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], size: int
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    path.write_text(text.getvalue())
    whole = infer_csv_schema([str(path)], workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", size)
        patch.setattr(inference, "_TASTE_BYTES", size)
        cut = infer_csv_schema([str(path)], workers=3)
        assert rows_as_text(cut) == rows_as_text(whole)
    assert (
        (cut.types, cut.widenings, cut.rows)
        == (whole.types, whole.widenings, whole.rows)
        == (
            whole.types,
            expected_widenings(str(path), rows),
            len(rows),
        )
    )


def rows_as_text(schema: CsvSchema) -> str:
    return repr(rows_of(schema))


def expected_widenings(uri: str, rows: list[list[str]]) -> tuple[Widening, ...]:
    """From Python's reader, value by value."""
    kinds = {"": EMPTY, "1": INT, "-7": INT, "2.5": FLOAT, "1e5": FLOAT, "nan": FLOAT, "inf": FLOAT}
    current, line, found = [EMPTY] * 3, 2, []
    for row in rows:
        for position, value in enumerate(row):
            kind = kinds.get(value, STRING)
            if kind > current[position]:
                if current[position] is not EMPTY:
                    found.append(("abc"[position], current[position], kind, line, value))
                current[position] = kind
        line += 1 + sum(value.count("\n") for value in row)
    schema = [(w.column, w.before, w.after, w.place.line, w.value) for w in infer_csv_schema([uri]).widenings]
    assert schema == found
    return infer_csv_schema([uri]).widenings


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (["a,b\n1,2\n3\n"], r"too short: expected 2 fields, got 1.*0.csv, line 3: '3'"),
        (["a,b\n1,2\n\n\n3,4,5\n"], r"too long: expected 2 fields, got 3.*0.csv, line 5: '3,4,5'"),
        (["a,b,a\n1,2,3\n"], r"two columns are named 'a'.*line 1: 'a,b,a'"),
        (["a,\n1,2\n"], r"column 2 has no name"),
        ([""], r"0.csv.*Hint: remove the file"),
        (["\n\n"], r"this file is empty"),
        (["a,b\n"], r"this one has none.*0.csv"),
        (["a,b"], r"this one has none"),
        (
            ["a\n1\n", "b\n1\n"],
            r"same header; missing: a; not in the first file: b.*1.csv, line 1: 'b'.*header of .*0.csv",
        ),
        (["a,b\n1,2\n", "b,a\n1,2\n"], r"another order"),
        ([b"a,b\n1,2\n3,\0\n"], r"NUL byte.*line 3, column 'b'"),
        ([b"\xff\xfea\0,\0"], r"UTF-8.*line 1.*iconv -f UTF-16"),
        ([b"\x1f\x8b\x08\0\0"], r"UTF-8.*decompress"),
        ([b"a,\xe4\n1,2\n"], r"UTF-8.*line 1.*LATIN1"),
        (['a,b\n1,2\n3,"4\n5,6\n'], r"never ends.*line 3"),
    ],
)
def test_bad_files_are_named_with_the_place_and_what_to_do(
    write: Write, contents: list[str | bytes], message: str
) -> None:
    with pytest.raises(DataError, match=f"(?s){message}") as error:
        infer_csv_schema(write(*contents))
    assert "Hint:" in str(error.value)


def test_text_that_is_not_utf8_is_named_when_it_is_read(write: Write) -> None:
    schema = infer_csv_schema(write(b"a,b\n1,x\n2,caf\xe9\n"))
    with pytest.raises(DataError, match=r"(?s)must be UTF-8.*0.csv, line 3, column 'b'.*iconv"):
        rows_of(schema)


def test_a_file_that_changes_between_the_passes_is_refused(write: Write) -> None:
    uris = write("a\n1\n2\n")
    schema = infer_csv_schema(uris)
    Path(uris[0]).write_text("a\n1\n2\n3\n")
    with pytest.raises(DataError, match="changed while it was being read"):
        rows_of(schema)


def test_a_file_that_is_gone_between_the_passes_is_named(write: Write) -> None:
    uris = write("a\n1\n2\n")
    schema = infer_csv_schema(uris)
    Path(uris[0]).unlink()
    with pytest.raises(DataError, match=r"(?s)must be there.*0.csv.*Hint: "):
        rows_of(schema)


def test_a_quote_in_the_header_that_never_closes_is_found_at_once(write: Write) -> None:
    uris = write('"a,b\n' + "1,2\n" * 1_000_000)
    with pytest.raises(DataError, match=r"(?s)a quoted field never ends.*0.csv, line 1"):
        infer_csv_schema(uris)


def test_lines_that_end_at_carriage_returns_are_counted(write: Write) -> None:
    with pytest.raises(DataError, match=r"(?s)a quoted field never ends.*line 4"):
        infer_csv_schema(write('a,b\r1,2\r3,4\r5,"6\r'))


def test_notes_tell_of_a_few_columns_and_count_the_others(write: Write) -> None:
    names = [f"c{index}" for index in range(12)]
    schema = infer_csv_schema(write("\n".join(",".join(row) for row in (names, ["1"] * 12, ["2.5"] * 11 + ["x"]))))
    text, *floats, others = schema.notes()
    assert text.startswith("column 'c11' is text because of ")
    assert [note.split()[1] for note in floats] == [f"'c{index}'" for index in range(8)]
    assert others == "3 more columns of numbers are FLOAT because of a value in them"


def test_no_files_are_refused() -> None:
    with pytest.raises(ConfigError, match="no CSV files"):
        infer_csv_schema([])


def test_a_whole_file_is_a_shard_too(write: Write) -> None:
    uris = write("a\n1\n2\n")
    schema = infer_csv_schema(uris)
    (batch,) = CsvReader(schema)(Shard(uris[0], "csv"))
    assert batch.column("a").to_pylist() == [[1], [2]]


@pytest.mark.shared
def test_the_taxi_file_has_the_types_of_its_schema(shared: Path) -> None:
    schema = infer_csv_schema([str(shared / "data/chicago_taxi_big_tipper/data.csv")])
    inferred = dict(zip(schema.names, schema.types, strict=True))
    reference = (shared / "reference/taxi/schema.pbtxt").read_text()
    for feature in ("\n" + reference).split("\nfeature {")[1:]:
        name = feature.split('name: "')[1].split('"')[0]
        kind = {"BYTES": STRING, "INT": INT, "FLOAT": FLOAT}[feature.split("type: ")[1].split()[0]]
        assert inferred.pop(name) is kind
    assert not inferred
    assert schema.rows == 15_002
    assert not schema.text_columns()


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.sampled_from([b"a", b",", b'"', b"\n", b"\r", b"1", b".", b"\0", b"\xff", b"\xc3\xa4", b" "]), max_size=40
    )
)
def test_any_bytes_are_read_or_refused_with_a_place(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x.csv"
    path.write_bytes(b"".join(pieces))
    try:
        schema = infer_csv_schema([str(path)])
        columns = rows_of(schema)
    except DataError as error:
        place, hint = error.place, error.hint
    else:
        assert {len(values) for values in columns.values()} == {schema.rows}
        return
    assert place is not None
    assert place.uri == str(path)
    assert hint


def test_a_short_row_among_texts_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "_TASTE_BYTES", 20)
    with pytest.raises(DataError, match=r"(?s)too short.*line 12: 'short'"):
        infer_csv_schema(write("a,b\n" + "x,y\n" * 10 + "short\n"))


def test_a_column_that_must_be_empty_may_be_fixed(write: Write) -> None:
    options = CsvOptions(column_types={"a": EMPTY})
    assert types(write("a,b\n,1\n"), options) == {"a": EMPTY, "b": INT}
    with pytest.raises(DataError, match=r"(?s)not EMPTY.*line 2"):
        infer_csv_schema(write("a,b\n1,1\n"), options)


def test_each_shard_is_read_as_one_batch(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 100)
    monkeypatch.setattr(inference, "_TASTE_BYTES", 100)
    schema = infer_csv_schema(write("a,b\n" + "".join(f"{i},{'x' * (i % 50)}\n" for i in range(200))))
    sizes = [[batch.num_rows for batch in CsvReader(schema)(shard)] for shard in schema.shards()]
    assert sizes == [[shard.rows] for shard in schema.shards()]
    assert len(sizes) > 10


def test_a_shard_of_other_files_or_places_is_refused(write: Write) -> None:
    uris = write("a\n1\n2\n", "a\n1\n")
    reader = CsvReader(infer_csv_schema(uris[:1]))
    with pytest.raises(ConfigError, match="schema was inferred from"):
        list(reader(Shard(uris[1], "csv")))
    with pytest.raises(ConfigError, match="where a block of its schema does"):
        list(reader(Shard(uris[0], "csv", 3)))


def test_a_file_without_line_ends_is_refused_early(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("wb") as file:
        file.write(b"binary")
        file.truncate(1 << 30)
    with pytest.raises(DataError, match=r"(?s)first row is longer than 1,000,000 bytes.*line 1"):
        infer_csv_schema([str(path)], CsvOptions(max_row_bytes=1_000_000))


@pytest.mark.parametrize(
    "content",
    [
        b'a,b\r1,"x\ny"\r2,z\r',
        b'a,b\r1,"x\ny"\n2,z\n',
        b'a,b\n1,"x\ny"\r2,z\r',
        b'\xef\xbb\xbf"a",b\r1,"x\ny"\r\n2,z',
    ],
)
def test_a_header_ends_at_the_first_line_end_of_any_kind(write: Write, content: bytes) -> None:
    schema = infer_csv_schema(write(content))
    rows = [row for shard in schema.shards() for batch in CsvReader(schema)(shard) for row in batch.to_pylist()]
    assert rows == [{"a": [1], "b": [b"x\ny"]}, {"a": [2], "b": [b"z"]}]


def test_line_feeds_in_quotes_do_not_hide_rows_that_end_at_carriage_returns(write: Write) -> None:
    uris = write("a,b\r" + '1,"x\ny"\r' * 20_000)  # several blocks' worth: the first is 64 KiB
    assert infer_csv_schema(uris).rows == 20_000
