"""Blocks of whole rows are cut where rows end, whatever stands in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gristmill.errors import DataError
from gristmill.io.csv import blocks
from gristmill.io.csv.blocks import read_blocks, row_end
from gristmill.io.csv.options import CsvOptions
from gristmill.io.csv.rows import iterate_rows, line_of_row

TEXTS = st.text('ab",\n\r1 ', max_size=40).map(str.encode)


def row_ends_one_by_one(content: bytes) -> list[int]:
    """A reading of the rules byte by byte, to compare with. Rows end at line feeds.

    Where there are none outside quotes they end at carriage returns, but for one at the very end, before a line feed.
    """
    ends: dict[bytes, list[int]] = {b"\n": [], b"\r": []}
    at_field_start, quoted, position = True, False, 0
    while position < len(content):
        byte = content[position : position + 1]
        if quoted:
            if byte == b'"' and content[position + 1 : position + 2] == b'"':
                position += 1
            elif byte == b'"':
                quoted = False
        elif byte == b'"' and at_field_start:
            quoted = True
        elif byte in ends and (byte == b"\n" or position + 1 < len(content)):
            ends[byte].append(position + 1)
        at_field_start = not quoted and byte in (b",", b"\n", b"\r")
        position += 1
    return ends[b"\n"] or ends[b"\r"]


@given(TEXTS)
@example(b'5" pipe,"a\nb"\n')
@example(b'"a""\n"\nb')
@example(b'"a"x"\n')
@example(b'a,"""\n"""\nb')
@example(b'a\r"\n"\rb')
def test_the_last_row_end_is_found(content: bytes) -> None:
    ends = row_ends_one_by_one(content)
    assert row_end(content, ",") == (ends[-1] if ends else 0)


@given(st.lists(TEXTS.filter(lambda text: b"\r" not in text), max_size=5).map(b"\n".join), st.integers(1, 30))
def test_blocks_of_any_size_hold_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, size: int
) -> None:
    path = tmp_path_factory.mktemp("blocks") / "x.csv"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", size)
        if row_end(content, ",", last=True) < len(content):
            with pytest.raises(DataError, match="never ends"):
                list(read_blocks(str(path), 0, None, CsvOptions(), first_bytes=size))
            return
        cut = list(read_blocks(str(path), 0, None, CsvOptions(), first_bytes=size))
    assert b"".join(block.content for block in cut) == content
    whole = [row.fields for row in iterate_rows(content, ",")]
    assert [row.fields for block in cut for row in iterate_rows(block.content, ",")] == whole
    assert [block.start for block in cut] == [sum(len(b.content) for b in cut[:i]) for i in range(len(cut))]


def test_lone_carriage_returns_end_rows(tmp_path: Path) -> None:
    assert row_end(b"a,b\rc,d\re", ",") == 8
    assert row_end(b"a,b\r", ",") == 0  # a line feed may follow
    assert row_end(b"a,b\r", ",", last=True) == 4


def test_a_range_of_a_file_is_read_alone(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"1\n2\n3\n4\n")
    cut = list(read_blocks(str(tmp_path / "x.csv"), 2, 6, CsvOptions()))
    assert [(block.start, block.stop, block.content) for block in cut] == [(2, 6, b"2\n3\n")]


def test_an_open_quote_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'a,b\n1,2\n3,"4\n5,6\n')
    with pytest.raises(DataError, match=r"(?s)quoted field never ends.*x.csv, line 3, byte offset 8.*Hint"):
        list(read_blocks(str(path), 0, None, CsvOptions()))


def test_a_row_beyond_the_bound_is_an_error_before_it_takes_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("wb") as file:
        file.write(b"a\n1\n")
        file.truncate(1 << 30)  # a gigabyte without a line end; sparse
    with pytest.raises(DataError, match=r"(?s)longer than 1,000,000 bytes.*line 3.*max_row_bytes"):
        list(read_blocks(str(path), 0, None, CsvOptions(max_row_bytes=1_000_000)))


@given(TEXTS)
def test_lines_are_counted_through_quotes(content: bytes) -> None:
    rows = list(iterate_rows(content, ","))
    for index, row in enumerate(rows):
        assert line_of_row(content, index, ",") == row.line
    with pytest.raises(IndexError):
        line_of_row(content, len(rows), ",")


def test_rows_know_their_lines() -> None:
    rows = list(iterate_rows(b'a,"x\ny"\r\n\r\n\nb,"""q"""z\n,', ","))
    assert [(row.line, row.fields) for row in rows] == [
        (0, (b"a", b"x\ny")),
        (4, (b"b", b'"q"z')),
        (5, (b"", b"")),
    ]
