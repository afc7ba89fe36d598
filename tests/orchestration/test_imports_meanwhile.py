"""Steps run in threads, so that any of them may import something while another looks at what is loaded."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from gristmill.dsl.user_sources import sources_named_in
from gristmill.orchestration.fingerprints.loaded_code import check_loaded


@pytest.fixture
def imports_at_any_moment() -> Iterator[None]:
    """A module comes or goes whenever Python collects garbage, which it does at every twentieth new object."""

    def toggle(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and sys.modules.pop("imported_meanwhile", None) is None:
            sys.modules["imported_meanwhile"] = ModuleType("imported_meanwhile")

    thresholds = gc.get_threshold()
    gc.callbacks.append(toggle)
    gc.set_threshold(20, 1_000_000, 1_000_000)
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(toggle)
    sys.modules.pop("imported_meanwhile", None)


LOOKS: dict[str, Callable[[Path], object]] = {
    "whether a loaded module was edited": lambda file: check_loaded({file: file.read_bytes()}, "another"),
    "which sources other machines need": lambda file: sources_named_in(b""),
}


@pytest.mark.usefixtures("imports_at_any_moment")
@pytest.mark.parametrize("look", LOOKS)
def test_what_is_loaded_may_change_during_a_look_at_it(tmp_path: Path, look: str) -> None:
    file = tmp_path / "module.py"
    file.write_text("VALUE = 1\n")
    LOOKS[look](file)
