"""``gristmill report RUN``: a whole run as one HTML file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gristmill.cli.show import RunArgument
from gristmill.cli.store_location import StoreOption, find_store, open_store
from gristmill.cli.wording import near_path

if TYPE_CHECKING:
    from gristmill.orchestration.records.run_records import RunRecord

__all__ = ["report"]

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def report(
    run: RunArgument = "latest",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it. Default: beside the metadata store."),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Write a run as one HTML file: steps, decisions, metrics, and a view of everything that was written."""
    from gristmill.orchestration.history import find_run
    from gristmill.report import run_report

    location = find_store(store)
    with open_store(location) as opened:
        found = find_run(opened, run)
        view = run_report(opened, found)
    target = output if output is not None else _folder_of(location) / _file_name(found)
    view.save(target)
    print(near_path(os.path.abspath(target)))


def _folder_of(location: str) -> Path:
    """The folder of a store that is a file; the working directory for a database behind a URL."""
    return Path(".") if "://" in location else Path(location).parent


def _file_name(run: RunRecord) -> str:
    """``report-taxi-3.html``; pipelines may be called anything, files may not."""
    parts = [run.pipeline_name, str(run.number)] if run.number else [run.run_id]
    return _UNSAFE.sub("_", "-".join(["report", *filter(None, parts)])) + ".html"
