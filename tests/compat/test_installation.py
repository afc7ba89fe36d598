"""The names come when they are asked for, hide nothing, and bring Keras 2 with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fresh import fresh

INSTALL = "import gristmill.compat; gristmill.compat.install(); "


def package(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("real = True\n")
    return folder


def test_importing_gristmill_and_compat_changes_nothing() -> None:
    script = (
        "import sys; before = list(sys.meta_path); import gristmill, gristmill.compat; print(sys.meta_path == before)"
    )
    assert fresh(script) == "True\n"
    assert "No module named 'tfx'" in fresh("import gristmill.compat, tfx")


def test_install_loads_nothing_and_may_be_repeated() -> None:
    script = INSTALL + "import sys; n = len(sys.meta_path); gristmill.compat.install(); print(len(sys.meta_path) == n, "
    script += "sorted({'tensorflow', 'pyarrow', 'pandas', 'apache_beam', 'tfx'} & set(sys.modules)))"
    assert fresh(script) == "True []\n"


def test_uninstall_takes_the_names_away() -> None:
    script = INSTALL + "import tfx.v1, sys; gristmill.compat.uninstall(); print('tfx' in sys.modules); import tfx"
    assert "No module named 'tfx'" in fresh(script)


def test_packages_that_are_really_there_are_not_hidden_unasked(tmp_path: Path) -> None:
    package(tmp_path, "tensorflow_transform")
    refused = fresh(INSTALL, path=tmp_path)
    assert "real packages of the TFX family are installed here: tensorflow_transform" in refused
    assert str(tmp_path / "tensorflow_transform") in refused
    assert "install(shadow=True)" in refused
    shadowing = "import gristmill.compat; gristmill.compat.install(shadow=True); import tensorflow_transform; "
    assert fresh(shadowing + "print(tensorflow_transform)", path=tmp_path) == (
        "<module 'tensorflow_transform' (gristmill.compat)>\n"
    )


def test_packages_that_are_imported_already_are_not_replaced(tmp_path: Path) -> None:
    package(tmp_path, "tfx")
    refused = fresh("import tfx, gristmill.compat; gristmill.compat.install(shadow=True)", path=tmp_path)
    assert "names must be free" in refused
    assert "before you import tfx" in refused


def test_a_folder_that_merely_has_the_name_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "ml_metadata").mkdir()
    script = INSTALL + "from ml_metadata import MetadataStore; print(MetadataStore.__module__)"
    assert fresh(script, folder=tmp_path, path=tmp_path) == "gristmill.metadata.store\n"


def test_keras_2_is_chosen_unless_the_environment_decides() -> None:
    script = INSTALL + "import os; print(os.environ['TF_USE_LEGACY_KERAS'])"
    assert fresh(script) == "1\n"
    assert fresh(script, TF_USE_LEGACY_KERAS="0") == "0\n"


@pytest.mark.tensorflow
def test_a_tensorflow_with_keras_3_is_too_late() -> None:
    script = "import tensorflow\nimport os, gristmill.compat\ntry: gristmill.compat.install()\n"
    script += "except ValueError as error: print(error, os.environ.get('TF_USE_LEGACY_KERAS'))"
    refused = fresh(script)
    assert "TensorFlow was imported before gristmill.compat, with Keras 3" in refused
    assert "TF_USE_LEGACY_KERAS=0" in refused
    assert refused.endswith("None\n")
    assert fresh(script, TF_USE_LEGACY_KERAS="0") == ""
    assert fresh(script, TF_USE_LEGACY_KERAS="1") == ""


def test_the_extension_of_notebooks_installs() -> None:
    script = (
        "from IPython.testing.globalipapp import start_ipython\n"
        "shell = start_ipython()\n"
        "shell.run_line_magic('load_ext', 'gristmill.compat')\n"
        "shell.run_cell('from tfx import v1 as tfx; print(tfx.components.Pusher.__module__)')\n"
    )
    assert "gristmill.components.pusher" in fresh(script)
