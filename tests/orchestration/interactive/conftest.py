"""A module of component functions to run step by step, and a real kernel to run them in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jupyter_client import KernelManager
from jupyter_client.blocking import BlockingKernelClient

from gristmill.dsl.user_module import load_user_module
from gristmill.orchestration.interactive import InteractiveContext

STEPS = """
import os
from gristmill.dsl.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.standard_artifacts import Examples, Model

def write(artifact, text):
    with open(os.path.join(artifact.uri, "payload.txt"), "w") as file:
        file.write(text)

def read(artifact):
    with open(os.path.join(artifact.uri, "payload.txt")) as file:
        return file.read()

@component
def start(text: Parameter[str], model: OutputArtifact[Model]):
    write(model, text)

@component
def louder(model: InputArtifact[Model], out: OutputArtifact[Model]):
    write(out, read(model).upper())

@component
def join(a: InputArtifact[Model], b: InputArtifact[Model], out: OutputArtifact[Model]):
    write(out, read(a) + " & " + read(b))

@component
def broken(model: InputArtifact[Model], out: OutputArtifact[Model]):
    raise ValueError("no good: " + read(model))

@component
def size(model: InputArtifact[Model]) -> OutputDict(letters=int):
    return {"letters": len(read(model))}
"""
_PATIENCE_SECONDS = 60.0  # for one cell; a kernel that needs longer is taken for dead


@pytest.fixture
def steps(tmp_path: Path) -> ModuleType:
    """Component functions in a module file of the user's."""
    (tmp_path / "steps.py").write_text(STEPS)
    return load_user_module(str(tmp_path / "steps.py"))


@pytest.fixture
def context(tmp_path: Path) -> InteractiveContext:
    return InteractiveContext("notes", tmp_path / "root")


@dataclass
class Shown:
    """What came of a cell."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """What was printed and shown as text, in order; errors included."""
        return "\n".join(str(output.get("text") or output.get("data", {}).get("text/plain", "")) for output in
                         self.outputs) + "\n".join((self.error or {}).get("traceback", []))  # fmt: skip

    @property
    def html(self) -> str:
        return "\n".join(str(output.get("data", {}).get("text/html", "")) for output in self.outputs)


class Kernel:
    """A kernel in a process of its own, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder))
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=_PATIENCE_SECONDS)

    def start(self, code: str) -> str:
        """Begin a cell."""
        return str(self.client.execute(textwrap.dedent(code)))

    def messages(self, cell: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the cell shows, as it comes, until it has ended."""
        while True:
            message = self.client.get_iopub_msg(timeout=_PATIENCE_SECONDS)
            if message["parent_header"].get("msg_id") != cell:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return
            yield message["msg_type"], message["content"]

    def finish(self, cell: str) -> Shown:
        """What the cell has shown when it has ended; a display that was renewed counts with its last content."""
        shown, places = Shown(), {}
        for kind, content in self.messages(cell):
            display_id = content.get("transient", {}).get("display_id")
            if kind == "error":
                shown.error = content
            elif kind == "update_display_data" and display_id in places:
                shown.outputs[places[display_id]] = content
            elif kind in ("stream", "display_data", "execute_result", "update_display_data"):
                if display_id:
                    places[display_id] = len(shown.outputs)
                shown.outputs.append(content)
        return shown

    def run(self, code: str) -> Shown:
        """Run a cell to its end."""
        return self.finish(self.start(code))

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    (tmp_path / "steps.py").write_text(STEPS)
    made = Kernel(tmp_path)
    yield made
    made.close()
