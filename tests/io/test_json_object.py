"""Files of one JSON object."""

from __future__ import annotations

from pathlib import Path

import pytest

from gristmill.errors import DataError
from gristmill.io.json_object import read_json_object


def test_an_object_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"ä": [1, null]}')
    assert read_json_object(str(tmp_path / "x")) == {"ä": [1, None]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must hold JSON.*line 1"),
        (b'{\n"a": 1', "must hold JSON.*line 2"),
        (b"[1]", "must hold a JSON object"),
        (b'{"a": "\xff"}', "must be UTF-8 text.*byte offset 7"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_anything_else_names_the_file_and_says_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(DataError, match=f"(?s){message}") as caught:
        read_json_object(str(file))
    assert str(file) in str(caught.value.place)
    assert caught.value.hint
