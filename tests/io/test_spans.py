"""Spans and versions are found by pattern, and one of them is chosen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.errors import ConfigError, DataError, NotSupportedError, UnsafePathError
from gristmill.io.spans import (
    ResolvedInput,
    RollingSpans,
    SpanPattern,
    SpanRange,
    StaticSpans,
    fingerprint,
    resolve_input,
    split_files,
)


def touch(root: Path, *names: str) -> str:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return str(root)


def test_the_newest_span_and_its_newest_version_win_by_number(tmp_path: Path) -> None:
    root = touch(tmp_path, "s-9/v1/a", "s-10/v2/a", "s-10/v11/a", "s-x/v99/a", "other")
    resolved = resolve_input(root, {"train": "s-{SPAN}/v{VERSION}/*"})
    assert resolved == ResolvedInput(10, 11, {"train": "s-10/v11/*"})
    assert SpanPattern("s-{SPAN}/v{VERSION}/*").find(root) == [(9, 1), (10, 2), (10, 11)]


def test_patterns_without_a_span_are_left_alone(tmp_path: Path) -> None:
    assert resolve_input(str(tmp_path), {"a": "*", "b": "x/*"}) == ResolvedInput(0, None, {"a": "*", "b": "x/*"})


def test_dates_are_days_since_1970(tmp_path: Path) -> None:
    root = touch(tmp_path, "2026-02-28/a", "2026-03-01/a")
    resolved = resolve_input(root, {"all": "{YYYY}-{MM}-{DD}/*"})
    assert resolved == ResolvedInput(20513, None, {"all": "2026-03-01/*"})
    assert resolve_input(root, {"all": "{YYYY}-{MM}-{DD}/*"}, StaticSpans(20512, 20512)).patterns == {
        "all": "2026-02-28/*"
    }
    touch(tmp_path, "2026-02-30/a")
    with pytest.raises(DataError, match=r"(?s)date of a span must exist.*2026-02-30"):
        resolve_input(root, {"all": "{YYYY}-{MM}-{DD}/*"})


def test_widths_are_padded_and_must_match(tmp_path: Path) -> None:
    root = touch(tmp_path, "s0007/v02/a", "s123/v01/a", "s0008/v3/a")
    resolved = resolve_input(root, {"all": "s{SPAN:4}/v{VERSION:2}/*"})
    assert resolved == ResolvedInput(7, 2, {"all": "s0007/v02/*"})


def test_all_splits_must_agree(tmp_path: Path) -> None:
    root = touch(tmp_path, "train/1/a", "train/2/a", "eval/1/a")
    patterns = {"train": "train/{SPAN}/*", "eval": "eval/{SPAN}/*"}
    with pytest.raises(DataError, match="the same newest span"):
        resolve_input(root, patterns)
    assert resolve_input(root, patterns, StaticSpans(1, 1)).span == 1
    with pytest.raises(ConfigError, match="or none must"):
        resolve_input(root, {"train": "train/{SPAN}/*", "eval": "eval/1/*"})


@pytest.mark.parametrize("wanted", [RollingSpans(1, start=2), RollingSpans(2), StaticSpans(1, 2)])
def test_ranges_of_several_spans_are_not_supported(tmp_path: Path, wanted: SpanRange) -> None:
    root = touch(tmp_path, "1/a", "2/a")
    with pytest.raises(NotSupportedError, match="one span at a time"):
        resolve_input(root, {"all": "{SPAN}/*"}, wanted)


def test_ranges_choose_a_span(tmp_path: Path) -> None:
    root = touch(tmp_path, "1/a", "2/a")
    assert resolve_input(root, {"all": "{SPAN}/*"}, RollingSpans(1)).span == 2
    assert resolve_input(root, {"all": "{SPAN}/*"}, StaticSpans(1, 1)).span == 1
    with pytest.raises(DataError, match="which is 3"):
        resolve_input(root, {"all": "{SPAN}/*"}, StaticSpans(3, 3))
    with pytest.raises(ConfigError, match="needs a pattern that names the span"):
        resolve_input(root, {"all": "*"}, StaticSpans(3, 3))


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        ("{SPAN}/{SPAN}/*", "may stand once"),
        ("{YYYY}{MM}/*", "needs all of"),
        ("{YYYY}{MM}{DD}/{SPAN}", "not both"),
        ("{VERSION}/*", "needs {SPAN} or a date"),
        ("{YYYY:4}{MM}{DD}", "fixed widths"),
        ("{SPAN:0}", "at least 1"),
    ],
)
def test_specs_must_go_together(pattern: str, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        SpanPattern(pattern)


def test_a_number_must_fit_its_width() -> None:
    with pytest.raises(ConfigError, match="span 100 does not fit"):
        SpanPattern("{SPAN:2}").fill(100, None)
    with pytest.raises(ConfigError, match="is no date"):
        SpanPattern("{YYYY}{MM}{DD}").fill(10**9, None)


LITERALS = st.text("ab.+-()", max_size=4)


@given(LITERALS, LITERALS, st.integers(0, 10**6), st.integers(0, 99))
def test_what_is_filled_in_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, before: str, between: str, span: int, version: int
) -> None:
    root = tmp_path_factory.mktemp("spans")
    pattern = SpanPattern(f"x{before}{{SPAN}}v{between}{{VERSION:2}}")
    touch(root, pattern.fill(span, version))
    assert pattern.find(str(root)) == [(span, version)]


def test_globs_around_the_specs_match_as_globs(tmp_path: Path) -> None:
    root = touch(tmp_path, "d1/s3.csv", "d2/s4.csv", "d3/s5.csv", "dx/s6.tsv")
    assert SpanPattern("d[12]/s{SPAN}.*").find(root) == [(3, None), (4, None)]
    assert SpanPattern("d[!12]/s{SPAN}.?sv").find(root) == [(5, None), (6, None)]
    assert SpanPattern("**/s{SPAN}.csv").find(root) == [(3, None), (4, None), (5, None)]


def test_files_of_a_split_are_files_under_the_root(tmp_path: Path) -> None:
    root = touch(tmp_path, "b.csv", "a.csv", "deep/c.csv")
    assert [os.path.relpath(uri, root) for uri in split_files(root, "all", "*")] == ["a.csv", "b.csv"]
    with pytest.raises(DataError, match=r"(?s)the split 'eval' must have files.*'e\*'"):
        split_files(root, "eval", "e*")
    with pytest.raises(UnsafePathError):
        split_files(root, "all", "../*")


def test_the_fingerprint_tells_number_size_and_times(tmp_path: Path) -> None:
    touch(tmp_path, "ab", "c")
    os.utime(tmp_path / "ab", (0, 1_000_000_005.9))
    os.utime(tmp_path / "c", (0, 1_000_000_003))
    files = {"train": [str(tmp_path / "ab"), str(tmp_path / "c")], "eval": [str(tmp_path / "c")]}
    assert fingerprint(files) == (
        "split:train,num_files:2,total_bytes:3,xor_checksum:6,sum_checksum:2000000008\n"
        "split:eval,num_files:1,total_bytes:1,xor_checksum:1000000003,sum_checksum:1000000003"
    )
