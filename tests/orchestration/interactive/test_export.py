"""A notebook becomes a pipeline file that runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import find_run, list_runs, node_records
from gristmill.orchestration.interactive import InteractiveContext
from gristmill.orchestration.interactive.cell_statements import bound_names, used_names, without_statements_about
from gristmill.orchestration.interactive.notebook_cells import code_cells

ABOUT = ("context", "get_ipython", "InteractiveContext")


def left(code: str) -> str:
    return without_statements_about(ABOUT, code).code


def test_what_uses_the_context_is_left_out_and_the_rest_stays_as_it_was_written() -> None:
    code = (
        "# trains\n"
        "trainer = Trainer(\n"
        "    steps=3,  # few\n"
        ")\n"
        "context.run(trainer)\n"
        "context.show(\n"
        "    trainer.outputs['model']\n"
        ")\n"
        "print('done')"
    )
    assert left(code) == "# trains\ntrainer = Trainer(\n    steps=3,  # few\n)\nprint('done')"


@pytest.mark.parametrize(
    ("code", "rest"),
    [
        ("context = InteractiveContext()", ""),
        ("from x.interactive_context import InteractiveContext", ""),
        ("from x import InteractiveContext, Trainer", "from x import InteractiveContext, Trainer"),
        ("a = A(); context.run(a); b = 2", "a = A()\nb = 2"),
        ("with Cond(p):\n    a = A()\n    context.run(a)", "with Cond(p):\n    a = A()"),
        ("with Cond(p):\n    context.run(a)\n    context.show(a)\nb = 1", "with Cond(p):\n    pass\nb = 1"),
        ("for x in (a, b): context.run(x)", "for x in (a, b):\n    pass"),
        ("def step(x):\n    context.run(x)\n    return x", "def step(x):\n    return x"),
        ("if context:\n    a = 1", ""),
        ("try:\n    context.run(a)\nexcept ValueError:\n    b = 1", "try:\n    pass\nexcept ValueError:\n    b = 1"),
        ("get_ipython().system('ls')\na = 1", "a = 1"),
        ("text = 'context.run(x)'", "text = 'context.run(x)'"),
        (
            "get_ipython().run_line_magic('load_ext', 'gristmill.compat')",
            "import gristmill.compat\ngristmill.compat.install()",
        ),
    ],
)
def test_statements_are_taken_out_wherever_they_stand(code: str, rest: str) -> None:
    assert left(code) == rest


def test_names_that_are_lost_are_told() -> None:
    assert without_statements_about(ABOUT, "result = context.run(a)\nb = 1").lost_names == {"result"}
    assert bound_names("import a.b\ndef f(c): d = 1\nfor e in x: pass") == {"a", "f", "c", "d", "e"}
    assert used_names("a = b.c(d)") >= {"b", "d"}


def write_notebook(path: Path, *cells: str) -> Path:
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    content: dict[str, Any] = {"cells": [{"cell_type": "markdown", "source": "# Notes"}, *made]}
    path.write_text(json.dumps({**content, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    return path


def test_cells_that_are_not_python_of_the_notebook_are_left_out(tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "notes.ipynb",
        "%%skip_for_export\nsecret = 1",
        "%%writefile module.py\nx = 1",
        "%%time\nslow = 1",
        "!pip install x\n%cd y\na = 1\ntext = '''\n%not a magic\n'''",
        "%%bash\nls",
    )
    cells = code_cells(notebook)
    assert [(cell.number, cell.is_exported) for cell in cells] == [(1, False), (3, True), (4, True)]
    assert "%not a magic" in left(cells[2].code)
    assert "pip" not in left(cells[2].code)


def test_a_cell_that_is_no_python_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="code cell 2 is not Python") as caught:
        code_cells(write_notebook(tmp_path / "notes.ipynb", "a = 1", "b = = 2"))
    assert "skip_for_export" in str(caught.value)


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("{}")
    with pytest.raises(ConfigError, match="no notebook of format 4"):
        code_cells(tmp_path / "x.ipynb")
    with pytest.raises(ConfigError, match="does not exist"):
        code_cells(tmp_path / "y.ipynb")


def test_only_local_runners_are_known(context: InteractiveContext, tmp_path: Path) -> None:
    with pytest.raises(NotSupportedError, match="Airflow"):
        context.export_to_pipeline(tmp_path / "x.ipynb", runner_type="airflow")
    with pytest.raises(ConfigError, match="runner_type must be one of local, beam"):
        context.export_to_pipeline(tmp_path / "x.ipynb", runner_type="cluster")


def test_plain_python_exports_nothing(context: InteractiveContext, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="exported from within"):
        context.export_to_pipeline(write_notebook(tmp_path / "x.ipynb", "a = 1"))
    with pytest.raises(ConfigError, match="does not tell which file"):
        context.export_to_pipeline()


CELLS = (
    "import logging; logging.disable(logging.WARNING)\n"
    "import steps\n"
    "from gristmill.orchestration.experimental import InteractiveContext\n"
    "context = InteractiveContext({where})",
    "!ls\nfirst = steps.start(text='hello')\ncontext.run(first)",
    "louder = steps.louder(model=first.outputs['model'])  # in capitals\ncontext.run(louder)",
    "%%skip_for_export\nmade = louder.outputs['out'].get()[0].uri\nprint(made)",
    "from gristmill.dsl.annotations import InputArtifact\n"
    "from gristmill.dsl.function_component import component\n"
    "from gristmill.dsl.standard_artifacts import Model\n\n"
    "@component\ndef look(model: InputArtifact[Model]):\n    steps.read(model)\n\n"
    "looked = look(model=louder.outputs['out'])\ncontext.run(looked)",
)


def run_file(file: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, file.name], cwd=file.parent, capture_output=True, text=True, check=False)


GRISTMILL_RUN = (str(Path(sys.executable).with_name("gristmill")), "run")


def test_the_file_runs_by_the_command_line_and_by_python(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    cells = [cell.format(where="'notes', 'root'") for cell in CELLS]
    notebook = write_notebook(tmp_path / "notes.ipynb", *cells, "context.export_to_pipeline()")
    for cell in cells:
        assert kernel.run(cell).error is None
    unknown = kernel.run("context.export_to_pipeline()")
    assert "pass notebook_filepath" in unknown.error["evalue"]
    assert kernel.run(f"__vsc_ipynb_file__ = {str(notebook)!r}\ncontext.export_to_pipeline()").error is None
    exported = tmp_path / "notes_pipeline.py"
    text = exported.read_text()
    assert "context" not in text.replace("InteractiveContext", "")
    assert "# in capitals" in text
    assert "components=[first, louder, looked]" in text
    ran = run_file(exported, *GRISTMILL_RUN)
    assert ran.returncode == 0, ran.stderr
    assert run_file(exported, sys.executable).returncode == 0
    with MetadataStore(str(tmp_path / "root" / "metadata.sqlite")) as store:
        assert len(list_runs(store, "notes")) == 3
        records = {node.node_id: node.state for node in node_records(store, find_run(store, "notes/2"))}
    # What the notebook made is reused; a function typed into a cell counts anew once it is in a file.
    assert records == {"start": "cached", "louder": "cached", "look": "complete"}


def test_a_temporary_root_does_not_get_into_the_file(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    cells = [cell.format(where="beam_pipeline_args=['--direct_num_workers=1']") for cell in CELLS[:3]]
    write_notebook(tmp_path / "notes.ipynb", *cells)
    for cell in cells:
        kernel.run(cell)
    assert kernel.run("context.export_to_pipeline('notes.ipynb', 'made.py', 'beam')").error is None
    text = (tmp_path / "made.py").read_text()
    assert "pipeline_name='notes'" in text
    assert "beam_pipeline_args=['--direct_num_workers=1']" in text
    assert "interactive-" not in text
    ran = run_file(tmp_path / "made.py", *GRISTMILL_RUN)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "made_root" / "metadata.sqlite").is_file()


def test_nodes_that_a_loop_runs_are_named_by_where_they_are_held(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    cells = [
        CELLS[0].format(where="'notes', 'root'"),
        "import steps\nnodes = [steps.start(text=str(n)).with_id(f'start {n}') for n in range(2)]",
        "louder = {node.id: steps.louder(model=node.outputs['model']).with_id(f'louder {node.id}') for node in nodes}",
        "for node in [*nodes, *louder.values()]:\n    context.run(node)",
    ]
    write_notebook(tmp_path / "notes.ipynb", *cells)
    for cell in cells:
        assert kernel.run(cell).error is None
    assert kernel.run("context.export_to_pipeline('notes.ipynb', 'made.py')").error is None
    assert "nodes[0], nodes[1], louder['start 0'], louder['start 1']" in (tmp_path / "made.py").read_text()
    ran = run_file(tmp_path / "made.py", *GRISTMILL_RUN)
    assert ran.returncode == 0, ran.stderr
    assert "same inputs, parameters and code" in ran.stdout


def test_what_the_file_would_miss_is_said_before_it_is_written(kernel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    cells = [cell.format(where="'notes', 'root'") for cell in CELLS]
    for cell in cells:
        kernel.run(cell)
    export = "context.export_to_pipeline('notes.ipynb', 'made.py')"

    write_notebook(tmp_path / "notes.ipynb", *cells, "print(made)")
    assert "only code that is not exported defines\n  'made'" in kernel.run(export).error["evalue"]
    write_notebook(tmp_path / "notes.ipynb", cells[0], cells[1], "%%skip_for_export\n" + cells[2])
    assert "no exported cell gives louder a name" in kernel.run(export).error["evalue"]
    write_notebook(tmp_path / "notes.ipynb", *cells, "await something()")
    assert "no Python file" in kernel.run(export).error["evalue"]
    assert not (tmp_path / "made.py").exists()

    write_notebook(tmp_path / "notes.ipynb", *cells)
    (tmp_path / "made.py").write_text("my own")
    assert "not exported from a notebook" in kernel.run(export).error["evalue"]
    assert (tmp_path / "made.py").read_text() == "my own"
    nothing = kernel.run("InteractiveContext('x', 'y').export_to_pipeline('notes.ipynb', 'z.py')")
    assert "has run nothing" in nothing.error["evalue"]
