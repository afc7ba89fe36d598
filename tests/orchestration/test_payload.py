"""Payloads are known by their bytes."""

from __future__ import annotations

import os
from pathlib import Path

from gristmill.orchestration.payload import Payload, measure, refusal


def test_the_same_bytes_under_other_names_differ(tmp_path: Path) -> None:
    for folder, name in (("a", "x"), ("b", "y")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("same")
    assert measure(str(tmp_path / "a")).digest != measure(str(tmp_path / "b")).digest


def test_an_unchanged_payload_is_accepted_after_a_rename(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("1")
    recorded = measure(str(tmp_path / "a"))
    os.rename(tmp_path / "a", tmp_path / "b")
    assert refusal(str(tmp_path / "b"), recorded) == ""
    assert measure(str(tmp_path / "b")).manifest == recorded.manifest


def test_a_payload_without_a_recorded_digest_proves_nothing(tmp_path: Path) -> None:
    assert refusal(str(tmp_path), Payload("", "")).startswith("no digest was recorded")


def test_a_single_file_is_a_payload(tmp_path: Path) -> None:
    (tmp_path / "value").write_text("1")
    recorded = measure(str(tmp_path / "value"))
    (tmp_path / "value").write_text("2")
    assert "was altered" in refusal(str(tmp_path / "value"), recorded)


def test_a_remote_payload_is_always_proved_by_its_bytes() -> None:
    import fsspec

    fsspec.filesystem("memory").pipe("/payload/x", b"1")
    recorded = measure("memory://payload")
    assert recorded.manifest == ""
    assert refusal("memory://payload", recorded) == ""
