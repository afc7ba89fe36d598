"""Modules that import the family are loaded and fingerprinted as all others."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import gristmill.compat
from gristmill.dsl.user_module import load_user_module, source_closure
from gristmill.errors import UserCodeError

MODULE = "from tfx import v1 as tfx\nfrom tfx.components import trainer\nimport sizes\nrun = tfx.components.FnArgs\n"


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "sizes.py").write_text("SMALL = 1\n")
    (tmp_path / "model.py").write_text(MODULE)
    return tmp_path / "model.py"


def test_a_module_of_the_family_loads(module: Path, family: None) -> None:
    from gristmill.components import FnArgs

    assert load_user_module(str(module)).run is FnArgs


def test_names_of_the_family_are_no_part_of_what_a_module_consists_of(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = source_closure(str(module))
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    gristmill.compat.install()
    try:
        assert source_closure(str(module)) == before
    finally:
        gristmill.compat.uninstall()
    assert sorted(before) == ["model.py", "sizes.py"]


def test_a_folder_that_is_called_like_a_package_does_not_stand_for_it(module: Path, family: None) -> None:
    (module.parent / "tfx").mkdir()
    (module.parent / "tfx" / "notes.py").write_text("")
    assert sorted(source_closure(str(module))) == ["model.py", "sizes.py"]
    assert load_user_module(str(module)).tfx.components is not None


@pytest.mark.beam
def test_workers_elsewhere_know_the_names_as_well(tmp_path: Path, family: None) -> None:
    pytest.importorskip("apache_beam")
    from gristmill.testing.shipping import check_shippable

    (tmp_path / "doubling.py").write_text(
        "import pyarrow as pa\nfrom tfx.types import standard_artifacts\n\n\ndef double(batch):\n"
        "    assert standard_artifacts.Model.TYPE_NAME == 'Model'\n"
        "    return {'twice': pa.concat_batches([batch, batch])}\n"
    )
    double = load_user_module(str(tmp_path / "doubling.py")).double
    check_shippable(double, [pa.record_batch({"n": [1, 2]})])


def test_without_compat_the_error_says_what_would_help(module: Path) -> None:
    with pytest.raises(
        UserCodeError, match=r"(?s)No module named 'tfx'.*Hint: run it with `gristmill run --tfx-compat`"
    ):
        load_user_module(str(module))
