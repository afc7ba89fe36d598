"""What the ExampleGens run on workers survives the way to another process."""

from __future__ import annotations

from pathlib import Path

import pytest

from gristmill.components.import_example_gen import _checked_records
from gristmill.io.csv import CsvReader, infer_csv_schema
from gristmill.io.examples import read_examples
from gristmill.io.splits import HashSplitter, Split
from gristmill.testing.engine import examples_batch, write_shards
from gristmill.testing.shipping import check_reader_shippable, check_shippable

pytest.importorskip("apache_beam")
pytestmark = pytest.mark.beam


def test_rows_are_dealt_out_alike() -> None:
    splitter = HashSplitter([Split("train", 2), Split("eval", 1)], partition_feature="x")
    check_shippable(splitter, [examples_batch(0, 50), examples_batch(50, 60)])


def test_csv_files_named_by_relative_paths_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("n,text\n1,a\n2,\n,c\n")
    relative, absolute = (infer_csv_schema([uri]) for uri in ("a.csv", str(tmp_path / "a.csv")))
    assert CsvReader(relative).__getstate__() == {"schema": absolute}  # as the engine names the shards
    check_reader_shippable(CsvReader(absolute), absolute.shards())


def test_example_files_are_read_alike(tmp_path: Path) -> None:
    shards = write_shards(str(tmp_path), 2, rows=30)
    check_reader_shippable(read_examples, shards)
    check_reader_shippable(_checked_records, shards)
