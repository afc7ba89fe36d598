"""``gristmill template``: small projects to start from."""

from __future__ import annotations

import ast
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gristmill.errors import ConfigError

__all__ = ["app", "copy_template", "template_names"]

app = typer.Typer(help="List and copy project templates.", no_args_is_help=True)

_IGNORED = ("__pycache__", "data", "serving", "pipeline_root")


def template_names() -> list[str]:
    """The names of the templates that ship with gristmill."""
    return sorted(entry.name for entry in _root().iterdir() if entry.joinpath("pipeline.py").is_file())


def copy_template(name: str, destination: Path, *, exist_ok: bool = False) -> list[Path]:
    """Copy a template's files; the files written.

    Args:
        name: one of ``template_names()``.
        destination: the project's folder; made if it is missing.
        exist_ok: leave files that exist as they are, instead of refusing.

    Raises:
        ConfigError: there is no such template, or a file would be overwritten.
    """
    if name not in template_names():
        raise ConfigError(f"there is no template {name!r}", hint="the templates are: " + ", ".join(template_names()))
    files = [entry for entry in _root().joinpath(name).iterdir() if entry.name not in _IGNORED and entry.is_file()]
    present = [entry.name for entry in files if (destination / entry.name).exists()]
    if present and not exist_ok:
        raise ConfigError(
            "a template does not overwrite files",
            value=str(destination / present[0]),
            hint="choose another folder, or pass --exist-ok to keep the files that are there",
        )
    destination.mkdir(parents=True, exist_ok=True)
    written = [destination / entry.name for entry in files if entry.name not in present]
    for path in written:
        path.write_bytes(_root().joinpath(name, path.name).read_bytes())
    return written


def _root() -> Traversable:
    return resources.files("gristmill").joinpath("templates")


def _first_line(name: str) -> str:
    docstring = ast.get_docstring(ast.parse(_root().joinpath(name, "pipeline.py").read_text()))
    return (docstring or "").splitlines()[0]


@app.command("list")
def list_command() -> None:
    """List the templates."""
    for name in template_names():
        typer.echo(f"{name:10} {_first_line(name)}")


@app.command("copy")
def copy_command(
    name: Annotated[str, typer.Argument(help="The template, as `gristmill template list` names it.")],
    directory: Annotated[Path, typer.Argument(help="The folder of the new project.")],
    exist_ok: Annotated[bool, typer.Option("--exist-ok", help="Keep files that exist, add those that do not.")] = False,
) -> None:
    """Copy a template into a folder."""
    written = copy_template(name, directory, exist_ok=exist_ok)
    if written:
        Console(highlight=False).print(
            f"{directory}: {len(written)} files · next: cd {directory} && gristmill run pipeline.py"
        )
