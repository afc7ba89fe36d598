"""``gristmill tensorboard``: opens TensorBoard on the logs of runs or models, found through the store."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gristmill.cli.find_artifact import find_artifact
from gristmill.cli.store_location import StoreOption, find_store, open_store
from gristmill.cli.tables import console, new_table
from gristmill.cli.wording import near_path
from gristmill.errors import ConfigError, MissingExtraError
from gristmill.io import filesystem

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore
    from gristmill.orchestration.training_logs import TrainingLogs

__all__ = ["tensorboard"]

_LOOKS_SECONDS = 5.0  # between looks at the store: a step that ends moves its logs, a run may begin
_UNFIT = re.compile(r"[/\0]")


def tensorboard(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...", help="Runs: numbers, PIPELINE/NUMBER, ids, or `latest`, which is the default."
        ),
    ] = None,
    pipeline: Annotated[
        str | None,
        typer.Option("--pipeline", metavar="NAME", help="All runs of this pipeline, those to come included."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", metavar="ARTIFACT", help="The training of this model, as `lineage` names it. Repeatable."
        ),
    ] = None,
    store: StoreOption = None,
    host: Annotated[str, typer.Option("--host", help="Where TensorBoard listens.")] = "localhost",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 6006,
    as_list: Annotated[bool, typer.Option("--list", help="List the logs instead of opening TensorBoard.")] = False,
) -> None:
    """Open TensorBoard on the logs of a run, or of several side by side."""

    def find() -> list[TrainingLogs]:
        with open_store(find_store(store)) as opened:
            return _find(opened, runs or [], pipeline, model or [])

    found = find()
    if not found:
        raise ConfigError(
            "there are no training logs",
            hint="a run_fn writes them to fn_args.model_run_dir, e.g. by tf.keras' TensorBoard callback.",
        )
    if as_list:
        table = new_table("logs", "where")
        for logs in found:
            table.add_row(logs.name, near_path(logs.uri))
        console().print(table)
        return
    if find_spec("tensorboard") is None:
        raise MissingExtraError("tensorboard", "tensorflow", "this command")
    flags = [f"--host={host}", f"--port={port}", "--window_title=gristmill"]
    is_local = all(filesystem.is_local(logs.uri) for logs in found)
    raise typer.Exit(_open(find, flags) if is_local else _open_remote(found, flags))


def _find(store: MetadataStore, runs: Sequence[str], pipeline: str | None, models: Sequence[str]) -> list[TrainingLogs]:
    from gristmill.orchestration.history import find_run, list_runs
    from gristmill.orchestration.training_logs import logs_of_model, logs_of_runs

    of_models = [logs for wanted in models for logs in logs_of_model(store, find_artifact(store, wanted).id)]
    wanted = list(runs) or ([] if pipeline or models else ["latest"])
    chosen = [find_run(store, run) for run in wanted]
    chosen += list_runs(store, pipeline) if pipeline else []
    return [*logs_of_runs(store, chosen), *of_models]


def _open(find: Callable[[], list[TrainingLogs]], flags: Sequence[str]) -> int:
    """TensorBoard on a folder of links that have the names; they follow where the store says that the logs are."""
    from gristmill.orchestration.stops.stop_signals import stop_signals_raise

    with stop_signals_raise(), tempfile.TemporaryDirectory(prefix="gristmill-tensorboard-") as folder:
        _link(Path(folder), find())
        with subprocess.Popen([sys.executable, "-m", "tensorboard.main", f"--logdir={folder}", *flags]) as process:
            try:
                while (code := _ended(process)) is None:
                    _link(Path(folder), find())
                return code
            except KeyboardInterrupt:
                process.terminate()
                return process.wait()


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    """Wait a while for the end; the exit code, or None when it goes on."""
    try:
        return process.wait(_LOOKS_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _link(folder: Path, found: Sequence[TrainingLogs]) -> None:
    wanted = {_UNFIT.sub("_", logs.name): filesystem.local_path(filesystem.absolute(logs.uri)) for logs in found}
    for link in folder.iterdir():
        if wanted.get(link.name) != os.readlink(link):
            link.unlink()
    for name, target in wanted.items():
        path = filesystem.join(str(folder), name)
        if not os.path.islink(path):
            os.symlink(target, path)


def _open_remote(found: Sequence[TrainingLogs], flags: Sequence[str]) -> int:
    """TensorBoard reads object stores by itself; there are no links there."""
    specification = ",".join(f"{logs.name.replace(',', ' ').replace(':', ' ')}:{logs.uri}" for logs in found)
    command = [sys.executable, "-m", "tensorboard.main", f"--logdir_spec={specification}", *flags]
    return subprocess.run(command, check=False).returncode
