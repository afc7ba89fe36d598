"""File systems that are small, full or read-only, and files that this user may not touch."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["PAGE", "ROOMY", "Disk", "mounted", "permissions_binding"]

PAGE = 4  # kB: a tmpfs counts in pages
ROOMY = 32_000  # kB: more than any test writes


class Disk:
    """A file system in memory of a size that can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOMY}k", "tmpfs", folder], check=True)

    def remount(self, option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", self.folder], check=True)

    def holds(self, kilobytes: int) -> None:
        self.remount(f"size={kilobytes}k")

    def fill(self) -> None:
        """Leaves no page free."""
        state = os.statvfs(self.folder)
        self.holds((state.f_blocks - state.f_bfree) * state.f_frsize // 1024)

    def clear(self) -> None:
        for path in self.folder.iterdir():
            shutil.rmtree(path)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=True)


def mounted(folder: Path) -> Disk:
    """A new disk; skips the test where none can be mounted."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a file system")
    try:
        return Disk(folder)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")


@contextlib.contextmanager
def permissions_binding() -> Iterator[None]:
    """In this block the modes of files hold, for root too: this thread does without that privilege."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    before = (ctypes.c_uint32 * 6)()
    if libc.capget(header, before):
        pytest.skip("privileges cannot be put down here")
    fewer = (ctypes.c_uint32 * 6)(*before)
    fewer[0] &= ~(1 << 1 | 1 << 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, among the effective ones alone
    assert libc.capset(header, fewer) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0
