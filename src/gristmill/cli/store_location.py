"""Which metadata store a command is about.

In this order: ``--store``, the environment variable ``GRISTMILL_STORE``, the file ``.gristmill/store`` in the working
directory or a folder above it, ``metadata.sqlite`` in the working directory. ``gristmill run`` leaves the file behind
with the path of the store that it used; stores that need a password are never written there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore

__all__ = ["StoreOption", "find_store", "open_store", "remember_store"]

_VARIABLE = "GRISTMILL_STORE"
_POINTER = Path(".gristmill") / "store"
_USUAL_NAME = "metadata.sqlite"

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar=_VARIABLE,
        metavar="PATH|URL",
        help="The metadata store. Default: the one that `gristmill run` used last in this folder.",
    ),
]


def open_store(given: str | None) -> MetadataStore:
    """Open the store that a command is about, and close what dead processes left in it.

    Raises:
        ConfigError: there is none.
        OpenError: it cannot be opened.
    """
    from gristmill.cli.recovered import tell_recovered
    from gristmill.metadata import MetadataStore
    from gristmill.orchestration.runs.recovery import close_dead_runs

    store = MetadataStore(find_store(given))
    tell_recovered(close_dead_runs(store))
    return store


def find_store(given: str | None) -> str:
    """The path or URL of the store that a command is about.

    Raises:
        ConfigError: there is none.
    """
    location = given or _remembered() or _usual()
    if location is None:
        raise ConfigError(
            "no metadata store is known here",
            place=None,
            hint=f"go to the folder where the pipeline was run, or name the store: --store metadata.sqlite "
            f"(or set {_VARIABLE}).",
        )
    if "://" not in location and not os.path.exists(location):
        raise ConfigError(
            "the metadata store does not exist",
            value=location,
            hint="name the file or URL that pipelines write to, for example <pipeline_root>/metadata.sqlite",
        )
    return location


def remember_store(url: str) -> None:
    """Leave a pointer to a store in the working directory; only to files, which need no password.

    A folder that cannot be written costs the pointer alone: standard error tells, and the run is what it was.
    """
    if not url or "://" in url:
        return
    from gristmill.io import filesystem

    try:
        ignore = str(_POINTER.parent / ".gitignore")
        if not filesystem.exists(ignore):
            filesystem.write_text(ignore, "*\n")
        filesystem.write_text(str(_POINTER), url + "\n")
    except OSError as error:
        print(f"gristmill: later commands will need `--store {url}` here: {error}", file=sys.stderr)


def _remembered() -> str | None:
    here = Path.cwd()
    for folder in (here, *here.parents):
        pointer = folder / _POINTER
        if pointer.is_file():
            return pointer.read_text().strip() or None
    return None


def _usual() -> str | None:
    return _USUAL_NAME if os.path.isfile(_USUAL_NAME) else None
