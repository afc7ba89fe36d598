"""Runs a command in a container, with Docker on this machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from typing import Any, ClassVar

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.placeholder.expression import as_text, resolve
from gristmill.dsl.placeholder.scope import Scope
from gristmill.dsl.value_artifacts import ValueArtifact
from gristmill.errors import ConfigError, NotSupportedError, UserCodeError
from gristmill.io import filesystem

__all__ = ["ContainerExecutor"]

_DOCKER = "docker"
_SHOWN_LINES = 20  # of the container's last output, in the error: what a terminal shows at a glance


class ContainerExecutor(BaseExecutor):
    """Base of the executors of container components; each has a subclass of its own.

    The directories of inputs and outputs are mounted under their own paths.
    """

    IMAGE: ClassVar[str]
    COMMAND: ClassVar[tuple[Any, ...]]

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        command = self.command_line(input_dict, output_dict, exec_properties)
        mounts = [*_mounts(input_dict, "ro"), *_mounts(output_dict, "rw")]
        docker = shutil.which(_DOCKER)
        if docker is None:
            raise NotSupportedError(
                "container components need Docker on this machine, and the program docker is not there",
                value=self.IMAGE,
                hint="install Docker, or write the step as a @component function",
            )
        done = subprocess.run(
            [docker, "run", "--rm", *mounts, self.IMAGE, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-_SHOWN_LINES:])
            raise UserCodeError(
                f"the container {self.IMAGE} ended with exit code {done.returncode}:\n{tail}",
                hint="the last lines of its output are above; mend the image or its command",
            )

    def command_line(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> list[str]:
        """The command with all placeholders replaced."""
        scope = Scope(inputs=input_dict, outputs=output_dict, exec_properties=exec_properties)
        items: list[str] = []
        for item in self.COMMAND:
            value = resolve(item, scope)
            if value is None:
                raise ConfigError(
                    "a part of the container's command has no value",
                    value=item,
                    hint="give the parameter a value, or leave that part of the command out",
                )
            items += [as_text(part) for part in value] if isinstance(value, list) else [as_text(value)]
        return items


def _mounts(artifacts_by_key: dict[str, list[Artifact]], mode: str) -> Iterable[str]:
    for artifacts in artifacts_by_key.values():
        for artifact in artifacts:
            if not filesystem.is_local(artifact.uri):
                raise NotSupportedError(
                    "a container's inputs and outputs must be on this machine",
                    value=artifact.uri,
                    hint="set pipeline_root to a local folder",
                )
            path = filesystem.local_path(artifact.uri)
            # A value artifact is a file that may not exist yet: its directory is what can be mounted.
            mounted = path.rpartition("/")[0] if isinstance(artifact, ValueArtifact) else path
            yield from ("-v", f"{mounted}:{mounted}:{mode}")
