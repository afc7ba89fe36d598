"""One program of the family's users, with tensorflow-transform and with gristmill.compat: it prints the same.

The original lives in an environment of its own; see ``tests/transform/test_peer.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("program.py")

pytestmark = [pytest.mark.tensorflow, pytest.mark.beam]


def output_of(python: str, package: str, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1"}
    command = [python, str(PROGRAM), package, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    loaded: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def test_the_program_runs_unmodified(tmp_path: Path) -> None:
    made = output_of(sys.executable, "compat", tmp_path / "ours")
    assert made["instances"]["words"] == ["b", "a", "c"]
    assert made["instances"]["rows"][3]["word"] == [2, 0, 1]
    assert made["batches"]["examples"] == pytest.approx([0.0, 1 / 3, 1.0])


@pytest.mark.peer
def test_the_program_makes_what_it_makes_with_the_original(tmp_path: Path) -> None:
    original = os.environ.get("GRISTMILL_TFT_PYTHON")
    if not original:
        pytest.skip("set GRISTMILL_TFT_PYTHON to a Python that has tensorflow-transform")
    theirs = output_of(original, "original", tmp_path / "theirs")
    ours = output_of(sys.executable, "compat", tmp_path / "ours")
    for part in ("rows", "fewer"):
        for our_row, their_row in zip(ours["instances"][part], theirs["instances"].pop(part), strict=True):
            for name in ("z", "share"):
                assert our_row.pop(name, 0.0) == pytest.approx(their_row.pop(name, 0.0), rel=1e-6)
            assert our_row == their_row
        del ours["instances"][part]
    assert ours == theirs
