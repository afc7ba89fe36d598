"""The file-system layer on a local disk and on a remote kind of store."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.errors import UnsafePathError
from gristmill.io import filesystem


@pytest.fixture(params=["local", "file", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "memory":
        uri = f"memory://test-{uuid.uuid4().hex}"
        yield uri
        filesystem.remove_tree(uri)
    else:
        yield ("file://" if request.param == "file" else "") + str(tmp_path)


def test_what_is_written_is_read_back(root: str) -> None:
    uri = filesystem.join(root, "a/b", "c.txt")
    filesystem.write_text(uri, "grüße")
    assert filesystem.read_text(uri) == "grüße"
    assert filesystem.read_bytes(uri) == "grüße".encode()
    assert filesystem.exists(uri)
    assert not filesystem.is_dir(uri)
    assert filesystem.is_dir(filesystem.join(root, "a"))
    assert filesystem.file_status(uri).size == 7
    assert filesystem.file_status(uri).modified > 1.6e9


def test_a_failed_write_leaves_the_old_content_and_nothing_else(root: str) -> None:
    uri = filesystem.join(root, "x.bin")
    filesystem.write_bytes(uri, b"old")

    def fail_half_way() -> None:
        with filesystem.atomic_output(uri) as stream:
            stream.write(b"half of the new")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_half_way()
    assert filesystem.read_bytes(uri) == b"old"
    assert filesystem.list_dir(root) == ["x.bin"]


def test_a_file_is_invisible_until_it_is_complete(root: str) -> None:
    uri = filesystem.join(root, "x.bin")
    with filesystem.atomic_output(uri) as stream:
        stream.write(b"half")
        stream.flush()
        assert not filesystem.exists(uri)
        assert filesystem.glob("*", root=root) == []
    assert filesystem.read_bytes(uri) == b"half"


def test_missing_files_raise_file_not_found(root: str) -> None:
    missing = filesystem.join(root, "none")
    for function in (
        filesystem.read_bytes,
        filesystem.list_dir,
        filesystem.walk_files,
        filesystem.file_status,
        filesystem.digest_tree,
    ):
        with pytest.raises(FileNotFoundError):
            function(missing)
    filesystem.remove_tree(missing)
    assert not filesystem.exists(missing)


def test_glob_finds_sorted_uris_that_can_be_opened(root: str) -> None:
    for name in ("b/2.csv", "a/1.csv", "a/.hidden.csv", "a/deep/3.csv", "top.csv"):
        filesystem.write_text(filesystem.join(root, name), name)
    found = filesystem.glob("*/*.csv", root=root)
    assert [filesystem.read_text(uri) for uri in found] == ["a/1.csv", "b/2.csv"]
    assert filesystem.glob(filesystem.join(root, "*/*.csv")) == found
    assert len(filesystem.glob("**/*.csv", root=root)) == 4
    assert filesystem.glob("none*", root=root) == []


def test_glob_takes_its_root_literally(tmp_path: Path) -> None:
    odd = str(tmp_path / "data[1]")
    filesystem.write_text(filesystem.join(odd, "a.csv"), "")
    assert filesystem.glob("*", root=odd) == [f"{odd}/a.csv"]


def test_relative_paths_stay_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    filesystem.write_text("plain.txt", "x")
    filesystem.write_text("data/a.csv", "x")
    assert filesystem.glob("data/*") == ["data/a.csv"]
    assert filesystem.list_dir(".") == ["data", "plain.txt"]


def test_trees_are_listed_copied_renamed_and_removed(root: str) -> None:
    source, copy, moved = (filesystem.join(root, name) for name in ("source", "copy", "moved"))
    for name in ("a.txt", "d/e/b.txt"):
        filesystem.write_text(filesystem.join(source, name), name)
    assert filesystem.walk_files(source) == ["a.txt", "d/e/b.txt"]
    filesystem.copy_tree(source, copy)
    assert filesystem.digest_tree(copy) == filesystem.digest_tree(source)
    filesystem.rename(copy, moved)
    assert not filesystem.exists(copy)
    assert filesystem.walk_files(moved) == ["a.txt", "d/e/b.txt"]
    filesystem.remove_tree(moved)
    assert not filesystem.exists(moved)
    assert filesystem.exists(source)


def test_one_file_is_a_tree_too(root: str) -> None:
    one, two = filesystem.join(root, "one"), filesystem.join(root, "two")
    filesystem.write_text(one, "x")
    filesystem.copy_tree(one, two)
    assert filesystem.digest_tree(one) == filesystem.digest_tree(two)


@pytest.mark.parametrize(
    "other",
    [{"a": "12"}, {"a": "1", "b": ""}, {"b": "1"}, {"a": "2"}, {}],
    ids=["size", "more", "name", "content", "less"],
)
def test_digest_tells_trees_apart(root: str, other: dict[str, str]) -> None:
    for name, files in (("x", {"a": "1"}), ("y", other)):
        filesystem.make_dirs(filesystem.join(root, name))
        for file, text in files.items():
            filesystem.write_text(filesystem.join(root, name, file), text)
    x, y = filesystem.join(root, "x"), filesystem.join(root, "y")
    assert filesystem.digest_tree(x) != filesystem.digest_tree(y)
    assert len(filesystem.digest_tree(x)) == 64


def test_copies_cross_file_systems(tmp_path: Path) -> None:
    remote = f"memory://cross-{uuid.uuid4().hex}"
    filesystem.write_text(str(tmp_path / "in/x"), "1")
    filesystem.copy_tree(str(tmp_path / "in"), remote)
    filesystem.copy_tree(remote, str(tmp_path / "out"))
    assert (tmp_path / "out/x").read_text() == "1"
    filesystem.remove_tree(remote)
    with pytest.raises(ValueError, match="across"):
        filesystem.rename(str(tmp_path / "in"), remote)


@pytest.mark.parametrize("part", ["../x", "a/../../x", "/etc/passwd", "a/..", "gs://b/x", "a\\..\\b", "a\0b"])
def test_join_refuses_to_leave_the_root(part: str) -> None:
    with pytest.raises(UnsafePathError, match="stay under its root"):
        filesystem.join("/root", part)


_PARTS = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.text(alphabet="./\\\0:~ a%2e\u2215\uff0e\r\n", max_size=12),
        st.sampled_from(["", ".", "..", "/", "//", "../x", "a/../../x", "file:///etc", "C:\\x", "a\0", "~"]),
    ),
    max_size=4,
)


@given(st.sampled_from(["/root", "/root/", "root", "gs://bucket", "gs://bucket/a", "file:///root"]), _PARTS)
def test_what_join_makes_lies_below_its_root_whatever_the_parts_are(root: str, parts: list[str]) -> None:
    try:
        joined = filesystem.join(root, *parts)
    except UnsafePathError:
        return
    assert joined == root or joined.startswith(root.rstrip("/") + "/")
    below = joined[len(root) :]
    assert not {"..", "."} & set(below.split("/"))
    assert not {"\0", "\\"} & set(below)
    assert os.path.normpath("/x/" + below).startswith("/x")
    if joined != root:
        assert filesystem.join(root, filesystem.relative(root, joined)) == joined


def test_join_makes_clean_uris() -> None:
    assert filesystem.join("gs://bucket", "a/", "./b", "", "c..d") == "gs://bucket/a/b/c..d"
    assert filesystem.join("/r/", "x") == "/r/x"
    assert filesystem.join("r") == "r"
    assert filesystem.join("", "x") == "x"


def test_a_remote_uri_has_no_local_path() -> None:
    with pytest.raises(ValueError, match="not a local path"):
        filesystem.local_path("gs://b/x")


def test_removing_a_link_keeps_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.symlink(tmp_path / "data", tmp_path / "link")
    filesystem.remove_tree(str(tmp_path / "link"))
    assert (tmp_path / "data").is_dir()
    assert not os.path.lexists(tmp_path / "link")


def test_a_relative_path_is_understood_from_any_folder_once_it_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert filesystem.absolute("a/b") == filesystem.absolute(f"file://{tmp_path}/a/b") == str(tmp_path / "a" / "b")
    assert filesystem.absolute("gs://bucket/a") == "gs://bucket/a"
