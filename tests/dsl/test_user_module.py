"""Users' modules: loading, helpers, isolation, sources, errors."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import pytest

from gristmill.dsl.user_code import user_code
from gristmill.dsl.user_module import load_user_module, source_closure, user_function
from gristmill.errors import ConfigError, DataError, NotSupportedError, UserCodeError


def project(folder: Path, **files: str) -> Path:
    """Write files; ``a__b`` in a name means the path ``a/b.py``."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/', 1) if not name.startswith('__') else name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_module_imports_the_files_beside_it(tmp_path: Path) -> None:
    project(tmp_path, model="import constants\nfrom constants import X\n", constants="X = 1\n")
    module = load_user_module(str(tmp_path / "model.py"))
    assert module.X == module.constants.X == 1
    assert "constants" not in sys.modules
    assert str(tmp_path) not in sys.path


def test_an_import_inside_a_function_finds_the_files_too(tmp_path: Path) -> None:
    project(tmp_path, model="def f():\n    import constants\n    return constants.X\n", constants="X = 1\n")
    assert load_user_module(str(tmp_path / "model.py")).f() == 1


def test_equally_named_helpers_of_two_projects_do_not_mix(tmp_path: Path) -> None:
    text = "from constants import X\ndef f():\n    import constants\n    return constants.X\n"
    first = project(tmp_path / "a", model=text, constants="X = 1\n")
    second = project(tmp_path / "b", model=text, constants="X = 2\n")
    one, two = load_user_module(str(first / "model.py")), load_user_module(str(second / "model.py"))
    assert (one.X, two.X, one.f(), two.f()) == (1, 2, 1, 2)


def test_a_module_is_run_again_only_when_its_sources_changed(tmp_path: Path) -> None:
    project(tmp_path, model="import constants\nX = constants.X\n", constants="X = 1\n", other="X = 5\n")
    path = str(tmp_path / "model.py")
    first = load_user_module(path)
    assert load_user_module(path) is first
    (tmp_path / "other.py").write_text("X = 6\n")
    assert load_user_module(path) is first
    (tmp_path / "constants.py").write_text("X = 2\n")  # the same size, within the same second
    assert load_user_module(path).X == 2


def test_modules_of_one_project_share_their_helpers(tmp_path: Path) -> None:
    project(tmp_path, a="import shared_state\n", b="import shared_state\n", shared_state="X = object()\n")
    first, second = load_user_module(str(tmp_path / "a.py")), load_user_module(str(tmp_path / "b.py"))
    assert first.shared_state is second.shared_state


def test_packages_and_relative_imports_work(tmp_path: Path) -> None:
    project(
        tmp_path,
        pipelines____init__="",
        pipelines__h="Y = 5\n",
    )
    project(
        tmp_path / "pipelines" / "taxi",
        __init__="",
        model="from ..h import Y\nfrom . import z\nimport pipelines.h\nimport z as again\nimport sub.deep\n",
        z="Z = 6\n",
        sub____init__="",
        sub__deep="W = 7\n",
    )
    path = str(tmp_path / "pipelines" / "taxi" / "model.py")
    module = load_user_module(path)
    assert (module.Y, module.z.Z, module.pipelines.h.Y, module.sub.deep.W) == (5, 6, 5, 7)
    assert module.again is module.z
    assert set(source_closure(path)) == {
        "pipelines/__init__.py",
        "pipelines/h.py",
        "pipelines/taxi/__init__.py",
        "pipelines/taxi/model.py",
        "pipelines/taxi/z.py",
        "pipelines/taxi/sub/__init__.py",
        "pipelines/taxi/sub/deep.py",
    }


def test_a_folder_without_a_package_file_is_a_package_too(tmp_path: Path) -> None:
    project(tmp_path, model="import steps.deep\nfrom steps import other\nimport json\n", steps__deep="X = 1\n")
    project(tmp_path, steps__other="Y = 2\n", json__stray="")
    module = load_user_module(str(tmp_path / "model.py"))
    assert (module.steps.deep.X, module.other.Y, module.json.dumps(1)) == (1, 2, "1")
    assert set(source_closure(str(tmp_path / "model.py"))) == {"model.py", "steps/deep.py", "steps/other.py"}


def test_a_folder_without_a_package_file_stays_itself_when_a_module_in_it_is_edited(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "model.py").write_text("import steps.deep, steps.other\nx = steps.deep.value + steps.other.value\n")
    (tmp_path / "steps" / "other.py").write_text("value = 10\n")
    for value in (1, 2):
        (tmp_path / "steps" / "deep.py").write_text(f"value = {value}\n")
        assert load_user_module(str(tmp_path / "model.py")).x == 10 + value


def test_the_sources_of_a_module_are_found_without_running_it(tmp_path: Path) -> None:
    project(
        tmp_path,
        model="import json\nimport numpy\nimport gristmill\ndef f():\n    from helpers import deep\nraise SystemExit\n",
        helpers____init__="",
        helpers__deep="import constants\n",
        constants="X = 1\n",
        unrelated="",
    )
    sources = source_closure(str(tmp_path / "model.py"))
    assert set(sources) == {"model.py", "helpers/__init__.py", "helpers/deep.py", "constants.py"}
    assert sources["constants.py"] == b"X = 1\n"


def test_the_sources_have_the_same_names_wherever_the_project_lies(tmp_path: Path) -> None:
    first = project(tmp_path / "a", model="import constants\n", constants="X = 1\n")
    second = project(tmp_path / "deeper" / "b", model="import constants\n", constants="X = 1\n")
    assert source_closure(str(first / "model.py")) == source_closure(str(second / "model.py"))


def test_local_modules_on_the_path_belong_to_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path / "lib", shared_library="X = 1\n")
    project(tmp_path / "job", model="import shared_library\n")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    assert set(source_closure(str(tmp_path / "job" / "model.py"))) == {"model.py", "shared_library.py"}
    (tmp_path / "lib" / "shared_library-1.0.dist-info").mkdir()  # as `pip install --target` leaves it
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert set(source_closure(str(tmp_path / "job" / "model.py"))) == {"model.py"}


def test_a_shared_module_that_changed_after_its_import_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # bytecode is matched by whole seconds
    project(tmp_path / "lib", another_shared_library="X = 1\n")
    project(tmp_path / "job", model="import another_shared_library as lib\n")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    path = str(tmp_path / "job" / "model.py")
    assert load_user_module(path).lib.X == 1
    assert load_user_module(path).lib.X == 1
    project(tmp_path / "lib", another_shared_library="X = 2\n")
    with pytest.raises(ConfigError, match="has changed since this process imported it"):
        load_user_module(path)
    monkeypatch.delitem(sys.modules, "another_shared_library")
    assert load_user_module(path).lib.X == 2


def test_a_function_is_found_in_a_module_file_or_by_dotted_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, trainer_code="def run_fn():\n    return 3\ndef other():\n    return 4\n")
    assert user_function({"module_file": str(tmp_path / "trainer_code.py")}, "run_fn")() == 3
    monkeypatch.syspath_prepend(str(tmp_path))
    assert user_function({"module_file": None, "run_fn": "trainer_code.other"}, "run_fn")() == 4
    assert user_function({"run_fn": "json.dumps"}, "run_fn")([1]) == "[1]"


def test_a_missing_function_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    project(tmp_path, model="def run_fun(): ...\ndef _private(): ...\nfrom json import dumps\n")
    with pytest.raises(ConfigError, match=r"no function 'run_fn'(.|\n)*did you mean 'run_fun'"):
        user_function({"module_file": str(tmp_path / "model.py")}, "run_fn")
    with pytest.raises(ConfigError, match=r"it has: run_fun$"):
        user_function({"module_file": str(tmp_path / "model.py")}, "preprocess")


def test_a_missing_module_is_told(tmp_path: Path) -> None:
    project(tmp_path, model="")
    with pytest.raises(ConfigError, match=r"does not exist(.|\n)*did you mean 'model.py'"):
        load_user_module(str(tmp_path / "modle.py"))
    with pytest.raises(ConfigError, match="there is no module 'nowhere"):
        user_function({"run_fn": "nowhere.at_all.run_fn"}, "run_fn")
    with pytest.raises(ConfigError, match="must be a dotted path"):
        user_function({"run_fn": "run_fn"}, "run_fn")
    with pytest.raises(ConfigError, match="either module_file or run_fn"):
        user_function({}, "run_fn")
    with pytest.raises(NotSupportedError, match="must be local"):
        load_user_module("gs://bucket/model.py")
    with pytest.raises(NotSupportedError, match="pass module_file"):
        user_function({"module_path": "m@x.whl"}, "run_fn")


def test_an_error_in_a_module_shows_the_users_frames_only(tmp_path: Path) -> None:
    project(tmp_path, model="import helper\n", helper="def f():\n    return 1 / 0\nf()\n")
    with pytest.raises(UserCodeError, match=r"the module model.py failed: ZeroDivisionError") as caught:
        load_user_module(str(tmp_path / "model.py"))
    frames = traceback.extract_tb(caught.value.__cause__.__traceback__ if caught.value.__cause__ else None)
    assert [(Path(frame.filename).name, frame.lineno) for frame in frames] == [
        ("model.py", 1),
        ("helper.py", 3),
        ("helper.py", 2),
    ]
    assert caught.value.place is not None
    assert caught.value.place.uri == str(tmp_path / "helper.py")
    assert caught.value.place.line == 2


def test_a_module_that_failed_is_run_again(tmp_path: Path) -> None:
    project(tmp_path, model="raise ValueError\n")
    with pytest.raises(UserCodeError):
        load_user_module(str(tmp_path / "model.py"))
    project(tmp_path, model="X = 1\n")
    assert load_user_module(str(tmp_path / "model.py")).X == 1


def test_a_syntax_error_names_the_line(tmp_path: Path) -> None:
    project(tmp_path, model="x = 1\ndef (\n")
    with pytest.raises(UserCodeError, match="SyntaxError") as caught:
        load_user_module(str(tmp_path / "model.py"))
    assert caught.value.place is not None
    assert caught.value.place.line == 2
    assert source_closure(str(tmp_path / "model.py")) == {"model.py": b"x = 1\ndef (\n"}


def test_a_missing_helper_is_an_error_of_the_users_code(tmp_path: Path) -> None:
    project(tmp_path, model="import no_such_helper\n")
    with pytest.raises(UserCodeError, match="ModuleNotFoundError: No module named 'no_such_helper'"):
        load_user_module(str(tmp_path / "model.py"))


def test_our_own_errors_pass_through_users_code() -> None:
    with pytest.raises(DataError, match="rule"), user_code("run_fn"):
        raise DataError("rule")


def test_interrupts_pass_through_users_code() -> None:
    with pytest.raises(KeyboardInterrupt), user_code("run_fn"):
        raise KeyboardInterrupt


def test_the_error_of_a_library_points_at_the_users_line(tmp_path: Path) -> None:
    project(tmp_path, model="import json\n\ndef run_fn():\n    json.loads('{')\n")
    function = user_function({"module_file": str(tmp_path / "model.py")}, "run_fn")
    with pytest.raises(UserCodeError) as caught, user_code("run_fn"):
        function()
    assert caught.value.place is not None
    assert (caught.value.place.uri, caught.value.place.line) == (str(tmp_path / "model.py"), 4)


def test_no_bytecode_is_written_beside_the_users_files(tmp_path: Path) -> None:
    project(tmp_path, model="import constants\n", constants="")
    load_user_module(str(tmp_path / "model.py"))
    assert not (tmp_path / "__pycache__").exists()


def test_a_file_whose_name_has_a_dot_is_refused(tmp_path: Path) -> None:
    (tmp_path / "features.v2.py").write_text("X = 1")
    with pytest.raises(ConfigError, match="no dot before"):
        load_user_module(str(tmp_path / "features.v2.py"))
