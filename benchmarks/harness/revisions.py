"""A build of gristmill to measure: the one that runs this, or one that is built from a revision of the repository."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
from dataclasses import dataclass
from pathlib import Path

from harness import process

__all__ = ["Revision", "built", "checked_out", "installed"]

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Revision:
    """An environment that gristmill is installed in."""

    label: str
    python: str

    @property
    def cli(self) -> str:
        return str(Path(self.python).with_name("gristmill"))


def installed() -> Revision:
    """The one of this interpreter."""
    return Revision("this environment", sys.executable)


def checked_out(name: str, folder: Path) -> Path:
    """The files of a revision."""
    archive = folder.with_suffix(".tar")
    subprocess.run(["git", "-C", str(ROOT), "archive", "--output", str(archive), name], check=True)
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder


def built(label: str, source: Path, folder: Path) -> Revision:
    """Build it, native module and bytecode included, into an environment that takes every other package from this one.

    So two revisions that are compared differ in nothing else, and both are installed in the same way.
    """
    print(f"building {label} …", file=sys.stderr, flush=True)
    process.run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    revision = Revision(label, str(folder / "bin" / "python"))
    site_packages = sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)})
    # A path file of another environment's packages is not read, so its own gristmill is not seen.
    (Path(site_packages) / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", revision.python]
    options = ["--no-deps", "--compile-bytecode", "--reinstall"]
    process.run([*uv, *options, "--config-settings", f"build-dir={folder / 'build'}", str(source)])
    return revision
