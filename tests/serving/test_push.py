"""A pushed version appears whole or not at all, and never over another one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gristmill.errors import DataError
from gristmill.io import filesystem
from gristmill.serving import push_model


@pytest.fixture
def model(tmp_path: Path) -> str:
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(b"index")
    return str(folder)


def test_the_version_holds_every_file_of_the_model(model: str, tmp_path: Path) -> None:
    pushed = push_model(model, str(tmp_path / "serving"), 17)
    assert pushed.uri == str(tmp_path / "serving" / "17")
    assert filesystem.digest_tree(pushed.uri) == filesystem.digest_tree(model)


def test_an_existing_version_stays_as_it_is_and_the_next_number_is_used(model: str, tmp_path: Path) -> None:
    base = str(tmp_path / "serving")
    push_model(model, base, 17)
    (tmp_path / "model" / "saved_model.pb").write_bytes(b"another graph")
    assert push_model(model, base, 17).version == 18
    assert (tmp_path / "serving" / "17" / "saved_model.pb").read_bytes() == b"graph"


def test_many_pushes_of_one_version_get_a_number_each(model: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda _: push_model(model, str(tmp_path / "serving"), 5).version, range(8)))
    assert sorted(versions) == list(range(5, 13))


def test_a_failed_copy_leaves_nothing_in_the_served_directory(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(source: str, target: str) -> None:
        Path(target).mkdir(parents=True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(filesystem, "copy_tree", full_disk)
    with pytest.raises(OSError, match="No space"):
        push_model(model, str(tmp_path / "serving"), 17)
    assert list((tmp_path / "serving").iterdir()) == []


def test_an_empty_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no model to push"):
        push_model(str(tmp_path / "nothing"), str(tmp_path / "serving"), 1)


def test_on_an_object_store_the_graph_is_written_last(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    order = []
    copy = filesystem.copy_file
    monkeypatch.setattr(filesystem, "copy_file", lambda s, t: (order.append(t.rpartition("/")[2]), copy(s, t)))
    pushed = push_model(model, "memory://serving/pushed-in-order", 3)
    assert order[-1] == "saved_model.pb"
    assert filesystem.read_bytes(pushed.uri + "/saved_model.pb") == b"graph"
