"""Payloads are known by their bytes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gristmill.orchestration.fingerprints.payload import Payload, measure, refusal


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "artifact"
    (made / "deep").mkdir(parents=True)
    (made / "deep" / "x").write_bytes(b"12345678")
    (made / "y").write_bytes(b"y")
    return made


def delete(folder: Path) -> None:
    (folder / "deep" / "x").unlink()


def delete_all(folder: Path) -> None:
    shutil.rmtree(folder)


def empty(folder: Path) -> None:
    (folder / "deep" / "x").write_bytes(b"")


def flip_a_byte_and_set_the_times_back(folder: Path) -> None:
    file = folder / "deep" / "x"
    before = file.stat()
    with file.open("r+b") as stream:
        stream.seek(3)
        stream.write(b"\xff")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)


def add_a_file(folder: Path) -> None:
    (folder / "deep" / "more").touch()


def make_the_folder_a_link(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(folder.parent / "elsewhere")


def make_a_file_a_link_out_of_the_root(folder: Path) -> None:
    (folder / "y").rename(folder.parent / "outside")
    (folder / "y").symlink_to(folder.parent / "outside")


def make_an_inner_folder_a_link(folder: Path) -> None:
    (folder / "deep").rename(folder.parent / "outside")
    (folder / "deep").symlink_to(folder.parent / "outside")


def put_a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"12345678")


HARMS = [
    (delete, "was altered"),
    (delete_all, "was deleted"),
    (empty, "was altered"),
    (flip_a_byte_and_set_the_times_back, "was altered"),
    (add_a_file, "was altered"),
    (make_the_folder_a_link, "is a link that leads out"),
    (make_a_file_a_link_out_of_the_root, "artifact/y is a link that leads out"),
    (make_an_inner_folder_a_link, "artifact/deep is a link that leads out"),
    (put_a_file_in_its_place, "was altered"),
]


@pytest.mark.parametrize(("harm", "told"), HARMS, ids=[harm.__name__ for harm, _ in HARMS])
def test_a_payload_that_was_tampered_with_is_refused(folder: Path, harm: Callable[[Path], None], told: str) -> None:
    recorded = measure(str(folder))
    assert refusal(str(folder), recorded) == ""
    harm(folder)
    assert told in refusal(str(folder), recorded)


def test_links_within_a_payload_are_what_they_point_to(folder: Path) -> None:
    (folder / "latest").symlink_to("deep/x")
    recorded = measure(str(folder))
    assert refusal(str(folder), recorded) == ""
    (folder / "latest").unlink()
    (folder / "latest").symlink_to("y")
    assert "was altered" in refusal(str(folder), recorded)


def test_what_a_person_imported_may_be_a_link_by_itself(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    recorded = measure(str(link))
    assert refusal(str(link), recorded, may_be_link=True) == ""
    make_a_file_a_link_out_of_the_root(folder)
    assert refusal(str(link), recorded, may_be_link=True)


def test_a_remote_payload_is_always_proved_by_its_bytes() -> None:
    import fsspec

    fsspec.filesystem("memory").pipe("/payload/x", b"1")
    recorded = measure("memory://payload")
    assert recorded.manifest == ""
    assert refusal("memory://payload", recorded) == ""
