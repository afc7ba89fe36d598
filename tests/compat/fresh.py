"""Runs a script in an interpreter of its own, as what is imported there stays imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["fresh"]


def fresh(script: str, *, folder: Path | None = None, path: Path | None = None, **environment: str) -> str:
    """What the script printed; its error output where it failed.

    Args:
        script: Python code.
        folder: where it runs.
        path: a folder of modules for ``sys.path``.
        environment: variables beside those of this process.
    """
    variables = {**os.environ, **environment}
    if "TF_USE_LEGACY_KERAS" not in environment:
        variables.pop("TF_USE_LEGACY_KERAS", None)
    if path is not None:
        variables["PYTHONPATH"] = str(path)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=variables, check=False)
    return done.stdout if done.returncode == 0 else done.stderr
