"""What a Keras archive says of its metrics is read without unpacking more than a configuration can be."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from gristmill.errors import DataError
from gristmill.model_analysis.models.carried_metrics import carried_by_archive


def test_a_model_that_was_not_compiled_carries_no_metrics(tmp_path: Path) -> None:
    archive = tmp_path / "model.keras"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("config.json", json.dumps({"compile_config": None}))
    assert carried_by_archive(str(archive)) == []


def test_a_configuration_that_expands_without_end_is_not_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "bomb.keras"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file, file.open("config.json", "w") as member:
        for _ in range(65):
            member.write(b" " * (1 << 20))
    assert archive.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"config.json of a Keras archive(.|\n)*bomb.keras(.|\n)*68157440"):
        carried_by_archive(str(archive))
