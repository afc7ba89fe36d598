"""Writes a notebook's code, and a pipeline of the nodes that its context ran, as a pipeline file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import MAX_NAME_LENGTH
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io import filesystem
from gristmill.orchestration.interactive.cell_statements import Kept, bound_names, used_names, without_statements_about
from gristmill.orchestration.interactive.front_end import ipython_shell
from gristmill.orchestration.interactive.notebook_cells import Cell, code_cells
from gristmill.orchestration.interactive.skip_for_export import SKIP_FOR_EXPORT

__all__ = ["Exported", "check_runner", "export_pipeline", "running_notebook"]

_FIRST_LINE = '"""The pipeline of a notebook, exported by gristmill.'
_LOCAL_RUNNERS = ("local", "beam")
_NOT_IN_PYTHON = ("get_ipython", "InteractiveContext")


@dataclass(frozen=True)
class Exported:
    """What the pipeline in the file consists of.

    Attributes:
        context: the context that ran the nodes; what uses it in the notebook is left out.
        nodes: the nodes by id.
        pipeline_name: the pipeline's name; empty takes the notebook's.
        pipeline_root: the pipeline root; empty puts it beside the file.
        store_url: the store; empty puts it into the pipeline root.
        beam_pipeline_args: flags for the engine.
    """

    context: object
    nodes: Mapping[str, BaseNode]
    pipeline_name: str
    pipeline_root: str
    store_url: str
    beam_pipeline_args: Sequence[Any]


def check_runner(runner_type: str) -> None:
    """Refuse runners that do not exist here.

    Raises:
        NotSupportedError: the runner is known, and not here.
        ConfigError: the runner is not known.
    """
    if runner_type == "airflow":
        raise NotSupportedError("pipelines are not exported for Airflow", value=runner_type, hint="runner_type='local'")
    if runner_type not in _LOCAL_RUNNERS:
        raise ConfigError("runner_type must be one of " + ", ".join(_LOCAL_RUNNERS), value=runner_type)


def running_notebook() -> Path:
    """The file of the notebook that runs, as far as its front end tells.

    Raises:
        ConfigError: it does not tell.
    """
    shell = ipython_shell()
    told = (shell.user_ns.get("__vsc_ipynb_file__") if shell else None) or os.environ.get("JPY_SESSION_NAME", "")
    if str(told).endswith(".ipynb") and os.path.isfile(told):
        return Path(told)
    raise ConfigError(
        "this front end does not tell which file the notebook is", hint="pass notebook_filepath='….ipynb'."
    )


def export_pipeline(exported: Exported, notebook: Path, target: Path) -> None:
    """Write the file; see ``InteractiveContext.export_to_pipeline``.

    Raises:
        ConfigError: as there.
    """
    shell = ipython_shell()
    if shell is None:
        raise ConfigError("a notebook is exported from within", hint="call export_to_pipeline in one of its cells.")
    if not exported.nodes:
        raise ConfigError("this context has run nothing that could be exported", hint="context.run(…) the nodes first")
    variables: Mapping[str, Any] = shell.user_ns
    dropped = {*_NOT_IN_PYTHON, *(name for name, value in variables.items() if value is exported.context)}
    cells = code_cells(notebook)
    kept = [without_statements_about(dropped, cell.code) for cell in cells if cell.is_exported]
    code = "\n\n\n".join(part.code for part in kept if part.code)
    _check_complete(code, kept, [cell for cell in cells if not cell.is_exported], dropped)
    components = _names_of(exported.nodes, variables, bound_names(code))
    text = "\n\n".join([_head(notebook, target), code, *_tail(exported, components, notebook, target)]) + "\n"
    _check_compiles(text, target)
    _check_may_be_written(target)
    filesystem.write_text(str(target), text)


def _check_complete(code: str, kept: Sequence[Kept], skipped: Sequence[Cell], dropped: set[str]) -> None:
    """Refuse code that needs what only code that is left out defines."""
    lost = {name for part in kept for name in part.lost_names}
    lost |= {name for cell in skipped for name in bound_names(cell.code)} - dropped
    missing = sorted((used_names(code) & lost) - bound_names(code))
    if missing:
        raise ConfigError(
            "the exported cells use a name that only code that is not exported defines",
            value=", ".join(missing),
            hint=f"begin the cells that use it with {SKIP_FOR_EXPORT}, or define it in a cell that is exported; "
            "what uses the context is never exported.",
        )


def _names_of(nodes: Mapping[str, BaseNode], variables: Mapping[str, Any], exported: set[str]) -> list[str]:
    """The name in the exported code of each node."""
    return [_name_of(node_id, node, variables, exported) for node_id, node in nodes.items()]


def _name_of(node_id: str, node: BaseNode, variables: Mapping[str, Any], exported: set[str]) -> str:
    same_id = {
        name: value
        for variable, held in variables.items()
        for name, value in _nodes_in(variable, held)
        if value.id == node_id
    }
    names = [name for name in same_id if name.partition("[")[0] in exported]
    # The cell that makes the node may have been run once more since.
    first = [name for name in names if same_id[name] is node] + names
    if not first:
        raise ConfigError(
            f"no exported cell gives {node_id} a name, so that the pipeline could list it",
            value=", ".join(name for name in same_id if not name.startswith(("_", "Out["))) or None,
            hint="write node = …; context.run(node), in a cell that is exported.",
        )
    return first[0]


def _nodes_in(variable: str, held: Any) -> Iterator[tuple[str, BaseNode]]:
    """The nodes that a variable holds, itself or in a list or dictionary, with what they are called."""
    if isinstance(held, list | tuple):
        called = [(f"{variable}[{place}]", value) for place, value in enumerate(held)]
    elif isinstance(held, dict):
        called = [(f"{variable}[{key!r}]", value) for key, value in held.items() if isinstance(key, str | int)]
    else:
        called = [(variable, held)]
    yield from ((name, value) for name, value in called if isinstance(value, BaseNode))


def _head(notebook: Path, target: Path) -> str:
    return f'{_FIRST_LINE}\n\nMade from {notebook.name}. Run it with `gristmill run {target.name}`.\n"""'


def _tail(exported: Exported, components: Sequence[str], notebook: Path, target: Path) -> list[str]:
    name = exported.pipeline_name or notebook.stem[:MAX_NAME_LENGTH]
    beside = f"os.path.join(os.path.dirname(os.path.abspath(__file__)), {target.stem + '_root'!r})"
    arguments = [
        f"pipeline_name={name!r}",
        f"pipeline_root={repr(exported.pipeline_root) if exported.pipeline_root else beside}",
        *([f"metadata_connection_config={exported.store_url!r}"] if exported.store_url else []),
        f"components=[{', '.join(components)}]",
        "enable_cache=True",
        *([f"beam_pipeline_args={list(exported.beam_pipeline_args)!r}"] if exported.beam_pipeline_args else []),
    ]
    imports = [*([] if exported.pipeline_root else ["import os", ""]), "from gristmill.dsl import Pipeline", ""]
    body = [*imports, "return Pipeline(", *(f"    {argument}," for argument in arguments), ")"]
    return [
        "\n".join(["", "def create_pipeline():", *(f"    {line}" if line else "" for line in body)]),
        '\nif __name__ == "__main__":\n'
        "    from gristmill.orchestration import LocalDagRunner\n\n"
        "    LocalDagRunner().run(create_pipeline())",
    ]


def _check_compiles(text: str, target: Path) -> None:
    try:
        compile(text, str(target), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ConfigError(
            f"the exported code would be no Python file: {error.msg}",
            value=text.splitlines()[(error.lineno or 1) - 1].strip(),
            hint=f"begin the cell with {SKIP_FOR_EXPORT}, or write it as a file would have it.",
        ) from None


def _check_may_be_written(target: Path) -> None:
    if not target.parent.is_dir():
        raise ConfigError("the folder of the pipeline file does not exist", value=str(target.parent))
    if target.exists() and not target.read_text(encoding="utf-8", errors="replace").startswith(_FIRST_LINE):
        raise ConfigError(
            "there is a file of that name that was not exported from a notebook",
            value=str(target),
            hint="give another export_filepath, or move the file away.",
        )
