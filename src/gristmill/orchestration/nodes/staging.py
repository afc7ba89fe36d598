"""Where a node writes before it commits, and the names that its outputs get then.

::

    <root>/<node>/<key>/<execution id>                        an output, complete
    <root>/<node>/.system/executions/<execution id>/outputs/<key>   the same output while it is being written
    <root>/<node>/.system/executions/<execution id>/work            scratch space of the executor
    <root>/<node>/.system/executions/<execution id>/engine          the same of the engine, for all of its workers

Both lie under one root, so a rename publishes an output in one step on any local file system.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.value_artifacts import ValueArtifact
from gristmill.io import filesystem

__all__ = ["Workplace"]

_SYSTEM = ".system"
_EXECUTIONS = "executions"


@dataclass(frozen=True)
class Workplace:
    """The folders of one execution.

    Attributes:
        root: the pipeline root.
        node_id: the node.
        execution_id: the execution's id in the store.
    """

    root: str
    node_id: str
    execution_id: int

    @property
    def private(self) -> str:
        """The folder that only this execution uses while it runs."""
        return filesystem.join(self.root, self.node_id, _SYSTEM, _EXECUTIONS, str(self.execution_id))

    @property
    def shared_scratch(self) -> str:
        """Where an engine keeps files between its workers: as reachable for all of them as the pipeline root."""
        return filesystem.join(self.private, "engine")

    def staged(self, key: str) -> str:
        """Where the output of this key is written."""
        return filesystem.join(self.private, "outputs", key)

    def final(self, key: str) -> str:
        """What the output of this key is called once it is complete."""
        return filesystem.join(self.root, self.node_id, key, str(self.execution_id))

    def prepare(self, outputs: Mapping[str, Sequence[Artifact]]) -> None:
        """Make the staging folders and point the artifacts at them."""
        for key, artifacts in outputs.items():
            filesystem.make_dirs(self.staged(key))
            for artifact in artifacts:
                artifact.uri = _payload_uri(artifact, self.staged(key))

    @contextlib.contextmanager
    def scratch(self) -> Iterator[str]:
        """A local folder for the executor's own use, removed afterwards."""
        if filesystem.is_local(self.root):
            path = filesystem.local_path(filesystem.join(self.private, "work"))
            filesystem.make_dirs(path)
            try:
                yield path
            finally:
                with contextlib.suppress(OSError):  # it goes with the whole private folder, and hides no failure now
                    filesystem.remove_tree(path)
        else:
            with tempfile.TemporaryDirectory(prefix="gristmill-") as path:
                yield path

    def publish(self, outputs: Mapping[str, Sequence[Artifact]]) -> None:
        """Give every output its final name, and point the artifacts there.

        Text properties that mention a staging folder (a link to a file in it, say) follow.
        """
        for key in outputs:
            filesystem.make_dirs(filesystem.join(self.root, self.node_id, key))
            filesystem.rename(self.staged(key), self.final(key))
        moves = {self.staged(key): self.final(key) for key in outputs}
        for artifacts in outputs.values():
            for artifact in artifacts:
                _follow(artifact, moves)
        filesystem.remove_tree(self.private)

    def clear(self, keys: Iterable[str] | None = None) -> str:
        """Remove everything that this execution wrote, finished or not.

        Args:
            keys: the output keys; all folders of the node are looked through when they are not known any more.

        Returns:
            What could not be removed and why, for people; empty when all of it is gone.
        """
        try:
            filesystem.remove_tree(self.private)
            for key in self._keys_on_disk() if keys is None else keys:
                filesystem.remove_tree(self.final(key))
        except OSError as error:  # a disk that cannot be written now: what was to be told comes first
            return f"\n  what it wrote could not be removed: {error}"
        return ""

    def _keys_on_disk(self) -> list[str]:
        node_folder = filesystem.join(self.root, self.node_id)
        if not filesystem.is_dir(node_folder):
            return []
        return [name for name in filesystem.list_dir(node_folder) if name != _SYSTEM]


def _payload_uri(artifact: Artifact, folder: str) -> str:
    return filesystem.join(folder, artifact.VALUE_FILE) if isinstance(artifact, ValueArtifact) else folder


def _follow(artifact: Artifact, moves: Mapping[str, str]) -> None:
    artifact.uri = _moved(artifact.uri, moves)
    message = artifact.mlmd_artifact
    for properties in (message.properties, message.custom_properties):
        for value in properties.values():
            if value.WhichOneof("value") == "string_value":
                value.string_value = _moved(value.string_value, moves)


def _moved(text: str, moves: Mapping[str, str]) -> str:
    for staged, final in moves.items():
        # Not where the name goes on: "outputs/model" is not the beginning of "outputs/model_run".
        text = final.join(re.split(re.escape(staged) + r"(?![\w.-])", text))
    return text
