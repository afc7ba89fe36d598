"""Steps run in the cells of a notebook, behind a real Jupyter kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import find_run, list_runs, node_records
from gristmill.orchestration.interactive import InteractiveContext

START = """
import logging; logging.disable(logging.WARNING)
import steps
from gristmill.orchestration.experimental import InteractiveContext
context = InteractiveContext("notes", "root")
first = steps.start(text="hello")
"""
DEFINED_IN_A_CELL = """
from gristmill.dsl.annotations import OutputArtifact
from gristmill.dsl.function_component import component
from gristmill.dsl.standard_artifacts import Model

@component
def typed(model: OutputArtifact[Model]):
    steps.write(model, decorated("typed"))
"""
SLOW = """
import threading
from gristmill.dsl.annotations import OutputArtifact
from gristmill.dsl.function_component import component
from gristmill.dsl.standard_artifacts import Model

@component
def slow(model: OutputArtifact[Model]):
    steps.write(model, "partial")
    with open("started", "w"):
        pass
    while True:
        len("waiting")

node = slow()
"""


def states(folder: Path) -> dict[str, str]:
    with MetadataStore(str(folder / "root" / "metadata.sqlite")) as store:
        return {node.node_id: node.state for node in node_records(store, find_run(store, "latest"))}


def wait_until_started(kernel: Any, folder: Path, cell: str) -> None:
    """Read what the cell shows until its component works: the line in the cell is renewed all the time."""
    for _ in kernel.messages(cell):
        if (folder / "started").exists():
            return


def test_a_cell_shows_progress_the_result_and_what_was_made(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START)
    ran = kernel.run("context.run(first)")
    assert re.search(r"✓ start  \d", ran.text)
    assert "component_id: start" in ran.text
    for told in (
        ".execution_id",
        ".component",
        ".component.inputs",
        ".component.outputs",
        "first run",
        "root/start/model/1",
    ):
        assert told in ran.html, told
    assert "≡ start" in kernel.run("context.run(first)").text
    assert "payload.txt" in kernel.run("context.show(first.outputs['model'])").html
    assert "payload.txt" in kernel.run("context.show(first)").html
    for item in ("first", "first.outputs['model']", "first.outputs['model'].get()[0]"):
        assert "Model" in kernel.run(item).html, item
    assert states(tmp_path) == {"start": "cached"}


def test_what_a_typed_component_uses_decides_whether_it_is_reused(kernel) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START)
    kernel.run("MARK = '*'")
    kernel.run("def decorated(text): return MARK + text")
    kernel.run(DEFINED_IN_A_CELL)
    assert "✓ typed" in kernel.run("context.run(typed())").text
    assert "≡ typed" in kernel.run("context.run(typed())").text
    kernel.run(DEFINED_IN_A_CELL)
    assert "≡ typed" in kernel.run("context.run(typed())").text
    kernel.run("def decorated(text): return text + MARK")
    assert "(ran: decorated changed)" in kernel.run("context.run(typed())").text
    kernel.run("MARK = '+'")
    assert "(ran: MARK changed)" in kernel.run("context.run(typed())").text
    kernel.run("MARK = object()\ndef decorated(text): return text + str(MARK)[:1]")
    assert "✓ typed" in kernel.run("context.run(typed())").text
    again = kernel.run("context.run(typed())").text
    assert "(ran: MARK (a object cannot be compared) changed)" in again


def test_functions_of_one_name_all_count(kernel) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START + "decorated = lambda text: first_mark(last_mark(text))")
    kernel.run("first_mark = lambda text: 'a' + text")
    kernel.run("last_mark = lambda text: text + 'z'")
    kernel.run(DEFINED_IN_A_CELL)
    kernel.run("context.run(typed())")
    assert "≡ typed" in kernel.run("context.run(typed())").text
    for cell in ("first_mark = lambda text: 'b' + text", "last_mark = lambda text: text + 'y'"):
        kernel.run(cell)
        assert "✓ typed" in kernel.run("context.run(typed())").text
    kernel.run("def marking(mark):\n    return lambda text: text + mark")
    kernel.run("first_mark, last_mark = marking('+'), marking('-')")
    assert "✓ typed" in kernel.run("context.run(typed())").text
    kernel.run("first_mark = marking('*')")
    assert "✓ typed" in kernel.run("context.run(typed())").text
    kernel.run("both = {'one': 1, 'function':\n    lambda text: text,\n}\nfirst_mark = both['function']")
    assert "✓ typed" in kernel.run("context.run(typed())").text
    assert "≡ typed" in kernel.run("context.run(typed())").text


def test_all_that_is_imported_from_one_file_counts(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "marks.py").write_text("def left(): return '<'\n\ndef right(): return '>'\n")
    kernel.run(START)
    kernel.run("import marks\nfrom marks import left, right\ndef decorated(text): return left() + text + right()")
    kernel.run(DEFINED_IN_A_CELL)
    kernel.run("context.run(typed())")
    for old, new in (("<", "["), (">", "]")):
        (tmp_path / "marks.py").write_text((tmp_path / "marks.py").read_text().replace(old, new))
        kernel.run("import importlib; importlib.reload(marks)\nfrom marks import left, right")
        assert "(ran: marks.py" in kernel.run("context.run(typed())").text


def test_what_autoreload_has_loaded_again_is_not_refused(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    kernel.run("import sys; sys.dont_write_bytecode = True  # it is matched by whole seconds")
    kernel.run("%load_ext autoreload\n%autoreload 2")
    kernel.run(START + "from steps import start")
    assert "✓ start" in kernel.run("context.run(start(text='x'))").text
    steps = tmp_path / "steps.py"
    for old, new in (("write(model, text)", "write(model, text * 2)"), ("file.write(text)", "file.write(text + '!')")):
        steps.write_text(steps.read_text().replace(old, new))
        ran = kernel.run("node = start(text='x'); context.run(node)").text
        assert "(ran: steps.py changed)" in ran, ran
    assert kernel.run("print(open(node.outputs['model'].get()[0].uri + '/payload.txt').read())").text == "xx!\n"


EXECUTOR_IN_A_CELL = """
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.standard_artifacts import Model

class Executor(BaseExecutor):
    MARK = "*"
    def Do(self, inputs, outputs, parameters):
        steps.write(outputs["model"][0], self.MARK)

class Spec(ComponentSpec):
    PARAMETERS, INPUTS, OUTPUTS = {}, {}, {"model": ChannelParameter(type=Model)}

class Custom(BaseComponent):
    SPEC_CLASS = Spec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)
    def __init__(self):
        super().__init__(Spec())
"""


def test_a_typed_executor_class_counts_with_its_methods_and_attributes(kernel) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START)
    for mark, outcome in (("✓", '"*"'), ("≡", '"*"'), ("✓", '"+"'), ("≡", '"*"')):
        kernel.run(EXECUTOR_IN_A_CELL.replace('"*"', outcome))
        assert f"{mark} Custom" in kernel.run("context.run(Custom())").text


def test_an_edited_module_that_typed_code_uses_has_to_be_reloaded(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START + "decorated = str.upper")
    kernel.run(DEFINED_IN_A_CELL)
    assert "✓ typed" in kernel.run("context.run(typed())").text
    file = tmp_path / "steps.py"
    file.write_text(file.read_text().replace("file.write(text)", "file.write(text + '!')"))
    stale = kernel.run("context.run(typed())")
    assert "the sources of steps were edited since it was imported" in stale.error["evalue"]
    kernel.run("import importlib; importlib.reload(steps)")
    assert "(ran: steps.py changed)" in kernel.run("context.run(typed())").text


def test_a_failure_shows_the_users_own_lines_and_the_message(kernel) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START)
    kernel.run("def decorated(text): return text / 2")
    kernel.run(DEFINED_IN_A_CELL)
    failed = kernel.run("context.run(typed())")
    told = re.sub(r"\x1b\[[0-9;]*m", "", failed.text)
    assert failed.error is not None
    assert failed.error["ename"] == "UserCodeError"
    assert "✗ typed" in told
    assert "return text / 2" in told
    assert "TypeError: unsupported operand" in told
    assert "cell In[2], line 1" in told
    assert "gristmill/orchestration" not in told
    assert "ipykernel_" not in told
    config = kernel.run("context.run(steps.louder(model=steps.start(text='x').with_id('x').outputs['model']))")
    assert config.error is not None
    assert "louder needs x, which has not been run" in config.error["evalue"]


def test_an_interrupted_cell_stops_and_leaves_a_consistent_store(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START)
    kernel.run(SLOW)
    cell = kernel.start("context.run(node)")
    wait_until_started(kernel, tmp_path, cell)
    kernel.manager.interrupt_kernel()
    stopped = kernel.finish(cell)
    assert stopped.error is not None
    assert stopped.error["ename"] == "KeyboardInterrupt"
    assert "■ slow" in stopped.text
    assert "slow was stopped, and is recorded as canceled" in stopped.text
    assert "schedule.py" not in stopped.text
    assert states(tmp_path) == {"slow": "canceled"}
    assert not list((tmp_path / "root" / "slow").rglob("payload.txt"))
    assert "✓ start" in kernel.run("context.run(first)").text
    assert states(tmp_path) == {"slow": "canceled", "start": "complete"}


def test_what_a_killed_kernel_ran_is_closed_by_the_next_context(kernel, tmp_path: Path, caplog) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START)
    kernel.run(SLOW)
    cell = kernel.start("context.run(node)")
    wait_until_started(kernel, tmp_path, cell)
    kernel.manager.shutdown_kernel(now=True)
    assert states(tmp_path) == {"slow": "running"}
    InteractiveContext("notes", tmp_path / "root")
    assert states(tmp_path) == {"slow": "failed"}
    assert re.search(r"closed slow of run 1: process \d+ on .* died", caplog.text)
    assert not list((tmp_path / "root" / "slow").rglob("payload.txt"))


def test_a_kernel_that_is_killed_between_cells_leaves_nothing_open(kernel, tmp_path: Path, caplog) -> None:  # type: ignore[no-untyped-def]
    kernel.run(START)
    kernel.run("context.run(first)")
    kernel.manager.shutdown_kernel(now=True)
    InteractiveContext("notes", tmp_path / "root")
    assert "closed" not in caplog.text
    with MetadataStore(str(tmp_path / "root" / "metadata.sqlite")) as store:
        assert [run.state for run in list_runs(store)] == ["complete"]


def test_a_cell_that_is_not_exported_runs_like_any_other(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    unknown = kernel.run("%%skip_for_export\n1 + 1")
    assert "not found" in unknown.text
    kernel.run("%load_ext gristmill.orchestration.interactive")
    assert kernel.run("%%skip_for_export\n1 + 1").text == "2"
    kernel.run("%%skip_for_export\n%%writefile written.txt\ncontent")
    assert (tmp_path / "written.txt").read_text() == "content\n"
    assert kernel.run("%%skip_for_export\n1 / 0").error["ename"] == "ZeroDivisionError"
    kernel.run("%unload_ext gristmill.orchestration.interactive")
    assert "not found" in kernel.run("%%skip_for_export\n1 + 1").text
