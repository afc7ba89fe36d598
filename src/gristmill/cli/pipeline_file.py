"""Runs a user's pipeline file the way ``python pipeline.py`` would."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.dsl.pipeline import Pipeline

__all__ = ["run_pipeline_file"]

_MAIN = "__main__"


def run_pipeline_file(path: Path, arguments: Sequence[str], has_run: Callable[[], bool]) -> None:
    """Execute the file as ``__main__``; if that has not run a pipeline, run the one that it defines.

    Args:
        path: the file.
        arguments: what the file finds in ``sys.argv[1:]``.
        has_run: whether a pipeline was run meanwhile.

    Raises:
        ConfigError: there is no such file, or it defines no pipeline.
        UserCodeError: the file raised.
        RunError: the run did not finish.
    """
    from gristmill.dsl.user_module import user_code
    from gristmill.orchestration import LocalDagRunner

    if not path.is_file():
        raise ConfigError("the pipeline file does not exist", value=str(path))
    with _as_main(path, arguments) as module:
        with user_code(path.name):
            if module.__spec__ is None or module.__spec__.loader is None:
                raise ConfigError("the pipeline file must be a Python file", value=str(path))
            module.__spec__.loader.exec_module(module)
        if has_run():
            return
        with user_code(path.name):
            pipeline = _defined_pipeline(module, path)
        LocalDagRunner().run(pipeline)


@contextmanager
def _as_main(path: Path, arguments: Sequence[str]) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location(_MAIN, path.resolve())
    if spec is None:
        raise ConfigError("the pipeline file must be a Python file", value=str(path), hint="its name must end in .py.")
    module = importlib.util.module_from_spec(spec)
    before, argv_before, path_before = sys.modules[_MAIN], sys.argv, list(sys.path)
    sys.modules[_MAIN] = module
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    try:
        yield module
    finally:
        sys.modules[_MAIN], sys.argv, sys.path[:] = before, argv_before, path_before


def _defined_pipeline(module: ModuleType, path: Path) -> Pipeline:
    from gristmill.dsl.pipeline import Pipeline

    create = getattr(module, "create_pipeline", None)
    pipeline = getattr(module, "pipeline", None)
    if not isinstance(pipeline, Pipeline) and callable(create):
        pipeline = create()
    if not isinstance(pipeline, Pipeline):
        raise ConfigError(
            "the file runs no pipeline and defines none",
            value=str(path),
            hint="call LocalDagRunner().run(pipeline) in it, or define `pipeline` or `create_pipeline()`.",
        )
    return pipeline
