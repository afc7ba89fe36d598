"""Which steps run again after which edit of the user's code: exactly those that the edited code can reach."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gristmill.dsl.user_module import load_user_module
from gristmill.orchestration.fingerprints.code_identity import code_of_definition, code_of_parameters
from gristmill.orchestration.fingerprints.definition_code import add_sources

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
        step(
            "one",
            "try:\n        import faster as helper\n    except ImportError:\n        import helper\n"
            "    write(out, str(helper.VALUE))",
        )
        + PLAIN_TWO
        + PLAIN_THREE,
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
        "import first.helper, other.helper\n"
        + step("one", "write(out, str(first.helper.VALUE + other.helper.VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"first/helper.py": VALUE, "other/helper.py": VALUE},
        {"first/helper.py": EDITED},
    ),
    "modules of one name in two folders, the second": Case(
        "import first.helper, other.helper\n"
        + step("one", "write(out, str(first.helper.VALUE + other.helper.VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"first/helper.py": VALUE, "other/helper.py": VALUE},
        {"other/helper.py": EDITED},
    ),
    "modules of one name that change places": Case(
        "import first.helper, other.helper\n"
        + step("one", "write(out, str(first.helper.VALUE - other.helper.VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"first/helper.py": VALUE, "other/helper.py": EDITED},
        {"first/helper.py": EDITED, "other/helper.py": VALUE},
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
        "from helper import logged\n" + step("one", "write(out, '1')", decorator="logged") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"helper.py": LOGGED},
        {"helper.py": LOGGED.replace("return function(out)", "function(out)")},
    ),
    "the body of a decorated step": Case(
        "from helper import logged\n" + step("one", "write(out, 'old')", decorator="logged") + PLAIN_TWO + PLAIN_THREE,
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
    "what one of two equal values becomes that a step closes over": Case(
        MADE.replace("(name, value)", "(name, value, more=0)")
        .replace("str(value)", "str([value, more])")
        .replace('made("one", 1)', 'made("one", 1, 1)')
        + PLAIN_THREE,
        ["one"],
        replace=('made("one", 1, 1)', 'made("one", 1, 2)'),
    ),
    "a step under a decorator of an installed package": Case(
        "from contextlib import ContextDecorator\n"
        "class Around(ContextDecorator):\n    def __enter__(self): ...\n    def __exit__(self, *error): ...\n"
        + step("one", "write(out, 'old')", decorator="Around()")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        replace=("'old'", "'new'"),
    ),
    "an executor's class that was made by a call": Case(
        CUSTOM.replace(
            'class OneExecutor(Base):\n    NAME = "one"', 'OneExecutor = type("Made", (Base,), {"NAME": "one"})'
        )
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one"],
        {"base.py": IMPORTS_OF_BASE + BASE},
        replace=('{"NAME": "one"}', '{"NAME": "one", "MORE": 1}'),
    ),
    "a module in a folder that imports one of the project": Case(
        "from sub import steps\n" + step("one", "write(out, str(steps.deep.VALUE))") + PLAIN_TWO + PLAIN_THREE,
        ["one"],
        {"sub/steps.py": "import deep\n", "deep.py": VALUE},
        {"deep.py": EDITED},
    ),
    "a data file beside the module does not count": Case(
        "import helper\n" + step("one", "write(out, helper.text())") + PLAIN_TWO + PLAIN_THREE,
        [],
        {
            "helper.py": "import pathlib\ntext = lambda: pathlib.Path(__file__).with_name('d.txt').read_text()\n",
            "d.txt": "1",
        },
        {"d.txt": "2"},
    ),
    "a module named in a call counts, as does the whole file where there is importlib": Case(
        step("one", "import importlib; write(out, str(importlib.import_module('helper').VALUE))")
        + PLAIN_TWO
        + PLAIN_THREE,
        ["one", "three", "two"],
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


@pytest.fixture(autouse=True)
def nothing_was_imported_by_its_usual_name() -> Iterator[None]:
    sys.modules.pop("helper", None)
    yield
    sys.modules.pop("helper", None)


@pytest.mark.parametrize("name", CASES)
def test_an_edit_runs_exactly_the_steps_that_it_can_reach(project, monkeypatch: pytest.MonkeyPatch, name: str) -> None:  # type: ignore[no-untyped-def]
    case = CASES[name]
    monkeypatch.syspath_prepend(project.folder)  # for what importlib.import_module finds
    write(project.folder, {"pipeline.py": PREAMBLE + case.pipeline + PIPELINE_END, "helper.py": None, **case.files})
    before = project.run()
    assert before.failed == ()
    write(project.folder, case.edit)
    source = (project.folder / "pipeline.py").read_text()
    (project.folder / "pipeline.py").write_text(source.replace(*case.replace) if case.replace[0] else source)
    after = project.run()
    assert after.failed == ()
    assert project.calls() == case.again


def test_a_step_of_a_module_in_a_folder_runs_the_edited_module_of_the_project(project) -> None:  # type: ignore[no-untyped-def]
    steps = PREAMBLE + "import deep\n" + step("one", "write(out, str(deep.VALUE))")
    main = PREAMBLE + "from sub.steps import one\n" + PLAIN_TWO + PLAIN_THREE + PIPELINE_END
    write(project.folder, {"sub/steps.py": steps, "deep.py": VALUE, "pipeline.py": main})
    project.run()
    write(project.folder, {"deep.py": EDITED})
    result = project.run()
    assert project.calls() == ["one"]
    assert (Path(result.outputs("one")["out"][0].uri) / "payload.txt").read_text() == "2"
    write(project.folder, {"deep.py": VALUE})
    reverted = project.run()
    assert project.calls() == []
    assert reverted.nodes["one"].reason == "same inputs, parameters and code as run 1"


def test_an_executor_and_a_module_file_of_one_name_both_count(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path, {f"{folder}/model.py": f"def run():\n    return '{folder}'\n"})
    executor = load_user_module(str(tmp_path / "a" / "model.py")).run
    code = code_of_definition(executor)
    add_sources(code, code_of_parameters({"module_file": str(tmp_path / "b" / "model.py")}))
    assert list(code) == ["model.py", "model.py #2"]


def test_modules_of_one_name_that_two_parameters_name_both_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for folder in ("first_of_two", "second_of_two"):
        write(tmp_path, {f"{folder}/model.py": f"def fn():\n    return '{folder}'\n"})
    code = code_of_parameters({"run_fn": "first_of_two.model.fn", "tuner_fn": "second_of_two.model.fn"})
    assert list(code) == ["model.py", "model.py #2"]


def test_the_module_of_a_custom_metric_is_part_of_the_evaluators_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gristmill.components import Evaluator
    from gristmill.dsl.channel import Channel
    from gristmill.dsl.standard_artifacts import Examples, Model
    from gristmill.model_analysis import EvalConfig, MetricConfig, MetricsSpec
    from gristmill.orchestration.reuse.node_fingerprint import fingerprint_of

    monkeypatch.syspath_prepend(tmp_path)
    metrics = [
        MetricConfig(class_name="Ours", module="our_metrics.ours"),
        MetricConfig(class_name="AUC", module="tf_keras.metrics"),
    ]
    config = EvalConfig(metrics_specs=[MetricsSpec(metrics=metrics)])
    evaluator = Evaluator(Channel(type=Examples), Channel(type=Model), eval_config=config)

    def parts() -> Mapping[str, str]:
        return fingerprint_of("p", evaluator, {}, evaluator.exec_properties, {}).parts

    write(tmp_path, {"our_metrics/ours.py": "import below\n", "below.py": VALUE})
    before = parts()
    assert {"code ours.py", "code below.py"} <= before.keys()
    write(tmp_path, {"below.py": EDITED})
    assert [name for name, digest in parts().items() if before[name] != digest] == ["code below.py"]


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(content)
