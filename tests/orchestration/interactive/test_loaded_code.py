"""Code that was edited and not loaded again is refused; what was loaded again, or means the same, never is."""

from __future__ import annotations

import importlib
import os
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from gristmill.errors import ConfigError
from gristmill.orchestration import NodeState
from gristmill.orchestration.interactive import InteractiveContext

LOUDNESS = """
def shout(text):
    return text.upper()
"""
TALK = """
import os
import loudness_of_talk as loudness
from gristmill.dsl.annotations import OutputArtifact
from gristmill.dsl.function_component import component
from gristmill.dsl.standard_artifacts import Model

MARK = "!"

@component
def talk(model: OutputArtifact[Model]):
    with open(os.path.join(model.uri, "payload.txt"), "w") as file:
        file.write(loudness.shout("hello") + MARK)

def unrelated():
    return 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with a module of a component and one that this imports."""
    write(tmp_path, "loudness_of_talk", LOUDNESS)
    write(tmp_path, "talk_of_tests", TALK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # bytecode is matched by whole seconds; a test edits sooner
    yield tmp_path
    for name in ("talk_of_tests", "loudness_of_talk"):
        sys.modules.pop(name, None)


def write(folder: Path, module: str, source: str) -> None:
    (folder / f"{module}.py").write_text(textwrap.dedent(source))
    importlib.invalidate_caches()


def edit(folder: Path, module: str, old: str, new: str) -> None:
    source = (folder / f"{module}.py").read_text()
    assert old in source
    write(folder, module, source.replace(old, new))


def said(context: InteractiveContext, talk: ModuleType | SimpleNamespace) -> str:
    node = talk.talk()
    context.run(node)
    return (Path(node.outputs["model"].get()[0].uri) / "payload.txt").read_text()


@pytest.fixture
def talk(folder: Path, context: InteractiveContext) -> ModuleType:
    """The module, imported, after a first run of its component."""
    made = importlib.import_module("talk_of_tests")
    assert said(context, made) == "HELLO!"
    return made


def test_an_edited_module_is_refused_until_it_is_reloaded(
    context: InteractiveContext, talk: ModuleType, folder: Path
) -> None:
    edit(folder, "talk_of_tests", 'MARK = "!"', 'MARK = "?"')
    with pytest.raises(ConfigError, match="the sources of talk were edited since it was imported"):
        context.run(talk.talk())
    importlib.reload(talk)
    assert said(context, talk) == "HELLO?"


def test_what_was_held_from_before_a_reload_is_refused_where_its_own_lines_were_edited(
    context: InteractiveContext, talk: ModuleType, folder: Path
) -> None:
    before = talk.talk
    edit(folder, "talk_of_tests", 'MARK = "!"', 'MARK = "?"')
    importlib.reload(talk)
    assert said(context, SimpleNamespace(talk=before)) == "HELLO?"  # it reads MARK where the reload has put it
    edit(folder, "talk_of_tests", '"hello"', '"good bye"')
    importlib.reload(talk)
    with pytest.raises(ConfigError, match="make the component anew"):
        context.run(before())
    assert said(context, talk) == "GOOD BYE?"


def test_an_edited_helper_is_refused_by_its_name_until_it_is_reloaded(
    context: InteractiveContext, talk: ModuleType, folder: Path
) -> None:
    edit(folder, "loudness_of_talk", "text.upper()", "text.lower()")
    with pytest.raises(ConfigError, match="the sources of loudness_of_talk were edited"):
        context.run(talk.talk())
    importlib.reload(sys.modules["loudness_of_talk"])
    assert said(context, talk) == "hello!"


def test_an_edit_that_was_taken_back_is_no_edit(context: InteractiveContext, talk: ModuleType, folder: Path) -> None:
    edit(folder, "talk_of_tests", 'MARK = "!"', 'MARK = "?"')
    with pytest.raises(ConfigError, match="were edited"):
        context.run(talk.talk())
    edit(folder, "talk_of_tests", 'MARK = "?"', 'MARK = "!"')
    assert context.run(talk.talk()).state is NodeState.CACHED


def test_a_file_that_was_touched_copied_or_commented_is_no_edit(
    context: InteractiveContext, talk: ModuleType, folder: Path
) -> None:
    for module in ("talk_of_tests", "loudness_of_talk"):
        os.utime(folder / f"{module}.py", (1, 1))
        content = (folder / f"{module}.py").read_bytes()
        (folder / f"{module}.py").unlink()
        (folder / f"{module}.py").write_bytes(content)
    assert context.run(talk.talk()).state is NodeState.CACHED
    edit(folder, "talk_of_tests", "def unrelated", "def something_else")
    assert context.run(talk.talk()).state is NodeState.CACHED
    edit(folder, "loudness_of_talk", "return", "# as loud as it gets\n    return")
    assert said(context, talk) == "HELLO!"


def test_a_module_that_was_imported_anew_is_not_refused(
    context: InteractiveContext, talk: ModuleType, folder: Path
) -> None:
    edit(folder, "loudness_of_talk", "text.upper()", "text.lower()")
    del sys.modules["talk_of_tests"], sys.modules["loudness_of_talk"]
    assert said(context, importlib.import_module("talk_of_tests")) == "hello!"


def test_another_working_directory_and_another_path_are_no_edit(
    context: InteractiveContext, talk: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.syspath_prepend(elsewhere)
    assert context.run(talk.talk()).state is NodeState.CACHED


def test_a_module_whose_source_is_gone_counts_as_code_without_a_source(
    context: InteractiveContext, talk: ModuleType, folder: Path
) -> None:
    (folder / "loudness_of_talk.py").unlink()
    assert context.run(talk.talk()).state is NodeState.COMPLETE


def test_a_loaded_module_does_not_stand_in_the_way_of_a_private_copy(
    context: InteractiveContext, talk: ModuleType, folder: Path
) -> None:
    from gristmill.dsl.user_module import load_user_module

    file = str(folder / "talk_of_tests.py")
    assert said(context, load_user_module(file)) == "HELLO!"
    edit(folder, "loudness_of_talk", "text.upper()", "text.lower()")
    assert said(context, load_user_module(file)) == "hello!"
