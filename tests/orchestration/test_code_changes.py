"""Which steps run again after which edit of the user's code: exactly those that the edited code can reach."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gristmill.orchestration.run_settings import Caching

from .conftest import PREAMBLE

PIPELINE_END = """
def create_pipeline():
    root = os.path.join(os.path.dirname(os.environ["CALLS"]), "root")
    return Pipeline("steps", root, components=[one(), two(), three()])
"""


def step(name: str, body: str, *, decorator: str = "") -> str:
    decorated = f"@{decorator}\n" if decorator else ""
    return f"""
@component
{decorated}def {name}(out: OutputArtifact[Model]):
    note("{name}")
    {body}
"""


PLAIN_TWO, PLAIN_THREE = step("two", 'write(out, "2")'), step("three", 'write(out, "3")')
VALUE = "VALUE = 1\n"
EDITED = "VALUE = 2\n"
BASE = """
class Base(BaseExecutor):
    def Do(self, input_dict, output_dict, exec_properties):
        note(self.NAME)
        write(output_dict["out"][0], self.text())

    def text(self):
        return "1"
"""
CUSTOM = """
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec
from gristmill.dsl.executor_spec import ExecutorClassSpec
from base import Base

class Spec(ComponentSpec):
    OUTPUTS = {"out": ChannelParameter(type=Model)}

class OneExecutor(Base):
    NAME = "one"

class One(BaseComponent):
    SPEC_CLASS = Spec
    EXECUTOR_SPEC = ExecutorClassSpec(OneExecutor)

def one():
    return One(Spec())
"""
IMPORTS_OF_BASE = """
import os
from gristmill.dsl.executor import BaseExecutor

def write(artifact, text):
    with open(os.path.join(artifact.uri, "payload.txt"), "w") as file:
        file.write(text)

def note(line):
    with open(os.environ["CALLS"], "a") as file:
        file.write(line + "\\n")
"""
LOGGED = """
import functools

def logged(function):
    @functools.wraps(function)
    def wrapper(out):
        return function(out)
    return wrapper
"""
MADE = """
def made(name, value):
    def work(out: OutputArtifact[Model]):
        note(name)
        write(out, str(value))
    work.__name__ = work.__qualname__ = name
    return component(work)

one, two = made("one", 1), made("two", 2)
"""


@dataclass(frozen=True)
class Case:
    """A project, an edit of it, and the steps that have to run again.

    Attributes:
        pipeline: the three steps.
        files: the modules beside the pipeline file.
        edit: new contents of files; None removes one.
        replace: old and new text in the pipeline file.
        again: the steps that run again.
        on_path: whether the project's folder is on sys.path, as it is for a script.
    """

    pipeline: str
    again: list[str]
    files: Mapping[str, str] = field(default_factory=dict)
    edit: Mapping[str, str | None] = field(default_factory=dict)
    replace: tuple[str, str] = ("", "")


CASES = {
    "a helper of one step": Case(
        step("one", "import helper; write(out, str(helper.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"helper.py": VALUE},
        {"helper.py": EDITED},
    ),
    "a helper of two steps": Case(
        "import helper\n"
        + step("one", "write(out, str(helper.VALUE))")
        + step("two", "write(out, str(helper.VALUE))")
        + PLAIN_THREE,
        ["one", "two"],
        {"helper.py": VALUE},
        {"helper.py": EDITED},
    ),
    "a helper's helper": Case(
        "import helper\n" + step("one", "write(out, str(helper.deep.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"helper.py": "import deep\n", "deep.py": VALUE},
        {"deep.py": EDITED},
    ),
    "an import inside a helper's function": Case(
        "import helper\n" + step("one", "write(out, str(helper.get()))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"helper.py": "def get():\n    from deep import VALUE\n    return VALUE\n", "deep.py": VALUE},
        {"deep.py": EDITED},
    ),
    "a conditional import": Case(
        "try:\n    import faster as helper\nexcept ImportError:\n    import helper\n"
        + step("one", "write(out, str(helper.VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"helper.py": VALUE},
        {"helper.py": EDITED},
    ),
    "a module that appears where an import looked for it in vain": Case(
        step("one", "try:\n        import faster as helper\n    except ImportError:\n        import helper\n"
             "    write(out, str(helper.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"helper.py": VALUE},
        {"faster.py": EDITED},
    ),
    "a star import counts for all steps of the file": Case(
        "from helper import *\n" + step("one", "write(out, str(VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one", "three", "two"],
        {"helper.py": VALUE},
        {"helper.py": EDITED},
    ),
    "a package's module": Case(
        "from tools.deep import helper\n" + step("one", "write(out, str(helper.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"tools/__init__.py": "", "tools/deep/__init__.py": "", "tools/deep/helper.py": VALUE},
        {"tools/deep/helper.py": EDITED},
    ),
    "a package's __init__": Case(
        "from tools.deep import helper\n" + step("one", "write(out, str(helper.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"tools/__init__.py": "", "tools/deep/__init__.py": "", "tools/deep/helper.py": VALUE},
        {"tools/__init__.py": "import os\n"},
    ),
    "a module that another imports relatively": Case(
        "from tools import helper\n" + step("one", "write(out, str(helper.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"tools/__init__.py": "", "tools/helper.py": "from .deep import VALUE\n", "tools/deep.py": VALUE},
        {"tools/deep.py": EDITED},
    ),
    "an absolute import in a package means the project's module, not the package's": Case(
        "from tools import helper\n" + step("one", "write(out, str(helper.deep.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"tools/__init__.py": "", "tools/helper.py": "import deep\n", "tools/deep.py": VALUE, "deep.py": VALUE},
        {"deep.py": EDITED},
    ),
    "modules of one name in two folders, the first": Case(
        "import a.helper, b.helper\n"
        + step("one", "write(out, str(a.helper.VALUE + b.helper.VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"a/helper.py": VALUE, "b/helper.py": VALUE},
        {"a/helper.py": EDITED},
    ),
    "modules of one name in two folders, the second": Case(
        "import a.helper, b.helper\n"
        + step("one", "write(out, str(a.helper.VALUE + b.helper.VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"a/helper.py": VALUE, "b/helper.py": VALUE},
        {"b/helper.py": EDITED},
    ),
    "modules of one name that change places": Case(
        "import a.helper, b.helper\n"
        + step("one", "write(out, str(a.helper.VALUE - b.helper.VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"a/helper.py": VALUE, "b/helper.py": EDITED},
        {"a/helper.py": EDITED, "b/helper.py": VALUE},
    ),
    "a step beside a helper that has the pipeline file's name": Case(
        "from sub import pipeline as helper\n"
        + step("one", "write(out, 'old' + str(helper.VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"sub/pipeline.py": VALUE},
        replace=("'old'", "'new'"),
    ),
    "a renamed module": Case(
        "import helper\n" + step("one", "write(out, str(helper.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"helper.py": VALUE},
        {"helper.py": None, "renamed.py": VALUE},
        ("import helper\n", "import renamed as helper\n"),
    ),
    "a step's body": Case(
        step("one", "write(out, 'old')") + PLAIN_TWO + PLAIN_THREE, ["one"], replace=("'old'", "'new'")
    ),
    "a constant": Case(
        "SIZE = 1\n" + step("one", "write(out, str(SIZE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        replace=("SIZE = 1", "SIZE = 2"),
    ),
    "a constant that something else changes": Case(
        "SIZES = []\n" + step("one", "write(out, str(SIZES))") + PLAIN_TWO + PLAIN_THREE + "\nSIZES.append(1)\n",
        ["one", "three", "two"],  # a statement that binds nothing may change whatever it likes
        replace=("append(1)", "append(2)"),
    ),
    "a comment": Case("# old\n" + step("one", "write(out, '1')") + PLAIN_TWO + PLAIN_THREE, [], replace=("old", "new")),
    "another line": Case(step("one", "write(out, '1')") + PLAIN_TWO + PLAIN_THREE, [], replace=("@", "\n\n@")),
    "a decorator of the step's, in a helper": Case(
        "from helper import logged\n"
        + step("one", "write(out, '1')", decorator="logged")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"helper.py": LOGGED},
        {"helper.py": LOGGED.replace("return function(out)", "function(out)")},
    ),
    "the body of a decorated step": Case(
        "from helper import logged\n"
        + step("one", "write(out, 'old')", decorator="logged")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"helper.py": LOGGED},
        replace=("'old'", "'new'"),
    ),
    "what a step that was made by a function closes over": Case(
        MADE + PLAIN_THREE, ["one"], replace=('made("one", 1)', 'made("one", 5)')
    ),
    "what makes the steps": Case(MADE + PLAIN_THREE, ["one", "two"], replace=("str(value)", "repr(value)")),
    "a base class in a module": Case(
        CUSTOM + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"base.py": IMPORTS_OF_BASE + BASE},
        {"base.py": IMPORTS_OF_BASE + BASE.replace('"1"', '"one"')},
    ),
    "the executor's class": Case(
        CUSTOM + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"base.py": IMPORTS_OF_BASE + BASE},
        replace=('NAME = "one"\n', 'NAME = "one"\n    MORE = 1\n'),
    ),
    "a data file beside the module does not count": Case(
        "import helper\n" + step("one", "write(out, helper.text())") + PLAIN_TWO + PLAIN_THREE,
        [],
        {
            "helper.py": "import pathlib\ndef text():\n    return pathlib.Path(__file__).with_name('d.txt').read_text()\n",
            "d.txt": "1",
        },
        {"d.txt": "2"},
    ),
    "a module named in a call counts": Case(
        step("one", "import importlib; write(out, str(importlib.import_module('helper').VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"helper.py": VALUE},
        {"helper.py": EDITED},
    ),
    "a module whose name is made at run time does not count": Case(
        step("one", "import importlib; write(out, str(importlib.import_module('hel' + 'per').VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        [],
        {"helper.py": VALUE},
        {"helper.py": EDITED},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_edit_runs_exactly_the_steps_that_it_can_reach(project, name: str) -> None:  # type: ignore[no-untyped-def]
    case = CASES[name]
    write(project.folder, {"pipeline.py": PREAMBLE + case.pipeline + PIPELINE_END, "helper.py": None, **case.files})
    before = project.run()
    assert before.failed == ()
    write(project.folder, case.edit)
    source = (project.folder / "pipeline.py").read_text()
    (project.folder / "pipeline.py").write_text(source.replace(*case.replace) if case.replace[0] else source)
    after = project.run()
    assert after.failed == ()
    assert project.calls() == case.again


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(content)
