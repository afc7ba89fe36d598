"""A run that is killed just before any change of a file or of the store, not only at the named points."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from .site import Site, WarmProcess
from .test_killed_runs import check_resumed, finished, kill

STEP = (
    7  # every seventh change: they repeat from node to node, so all kinds are struck; a prime, so no rhythm is missed
)


def kill_at_write(site: Site, number: int) -> bool:
    """Whether the run came so far as to be killed."""
    ended = site.run(kill_at_write=number)
    assert ended.code in (0, -signal.SIGKILL), ended.errors
    return ended.code != 0


def test_a_run_killed_before_any_change_of_files_or_store_is_resumed(
    tmp_path: Path, warm: WarmProcess, undisturbed: dict[str, bytes]
) -> None:
    struck = 0
    while True:
        (tmp_path / str(struck)).mkdir()
        site = Site(tmp_path / str(struck), warm)
        if not kill_at_write(site, 1 + STEP * struck):
            break
        before = finished(site) if (site.folder / "root" / "metadata.sqlite").exists() else set()
        site.resume()
        check_resumed(site, before, undisturbed)
        struck += 1
    assert struck > 10


@pytest.mark.parametrize("point", ["staged", "renamed"])
def test_a_process_killed_before_any_change_while_it_cleans_up_is_cleaned_up_behind(
    tmp_path: Path, warm: WarmProcess, undisturbed: dict[str, bytes], point: str
) -> None:
    for number in range(1, 30, 3):
        (tmp_path / str(number)).mkdir()
        site = Site(tmp_path / str(number), warm)
        kill(site, f"left:{point}")
        assert kill_at_write(site, number)
        before = finished(site)
        site.resume()
        check_resumed(site, before, undisturbed)
