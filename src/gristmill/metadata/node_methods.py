"""The store's methods about nodes: artifacts, executions and contexts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gristmill.metadata.arguments import checks_arguments
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.extra_options import ExtraOptions
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION
from gristmill.metadata.listing import NEWEST_FIRST, ListOptions, Scope
from gristmill.proto.metadata_store_pb2 import Artifact, ArtifactType, Context, Execution

__all__ = ["NodeMethods"]


@checks_arguments
class NodeMethods:
    """Artifacts, executions and contexts.

    Putting a node without id creates it. Putting one with id replaces what is stored: properties that are not listed
    are removed, an unset uri, state or external id is cleared. With ``field_mask_paths`` (``"state"``, ``"uri"``,
    ``"external_id"``, ``"properties"``, ``"properties.<name>"``, ``"custom_properties"``, …) only those fields change.
    Artifacts and executions keep the name of their creation; contexts can be renamed. The store's clock sets the times.
    """

    _backend: MetadataBackend

    def put_artifacts(
        self,
        artifacts: Iterable[Artifact],
        field_mask_paths: Sequence[str] | None = None,
        extra_options: ExtraOptions | None = None,
    ) -> list[int]:
        """Creates or updates artifacts; gives their ids.

        Raises:
            InvalidArgumentError: a message contradicts its type, or names an id that does not exist.
            NotFoundError: a type_id that does not exist.
            AlreadyExistsError: the name (within the type) or the external id is taken.
        """
        return self._backend.put_nodes(ARTIFACT, list(artifacts), list(field_mask_paths or ()))

    def get_artifacts(
        self, list_options: ListOptions | None = None, extra_options: ExtraOptions | None = None
    ) -> list[Artifact]:
        """All artifacts, or those that the options ask for."""
        return self._backend.get_nodes(ARTIFACT, list_options)

    def get_artifacts_by_id(
        self, artifact_ids: Iterable[int], extra_options: ExtraOptions | None = None
    ) -> list[Artifact]:
        """The artifacts with these ids, each once, in the order of ids; ids without one are skipped."""
        return self._backend.get_nodes_by_id(ARTIFACT, list(artifact_ids))

    def get_artifacts_by_external_ids(
        self, external_ids: Iterable[str], extra_options: ExtraOptions | None = None
    ) -> list[Artifact]:
        """The artifacts with these external ids; NotFoundError when there are none of them."""
        return self._backend.get_nodes_by_external_ids(ARTIFACT, list(external_ids))

    def get_artifacts_by_type(
        self, type_name: str, type_version: str | None = None, extra_options: ExtraOptions | None = None
    ) -> list[Artifact]:
        """The artifacts of a type; none when there is no such type."""
        return self._backend.get_nodes(ARTIFACT, None, Scope(type_name=type_name, type_version=type_version))

    def get_artifact_by_type_and_name(
        self,
        type_name: str,
        artifact_name: str,
        type_version: str | None = None,
        extra_options: ExtraOptions | None = None,
    ) -> Artifact | None:
        """The artifact of that name among those of a type, or None."""
        return self._backend.get_node_by_type_and_name(ARTIFACT, type_name, artifact_name, type_version)

    def put_executions(
        self,
        executions: Iterable[Execution],
        field_mask_paths: Sequence[str] | None = None,
        extra_options: ExtraOptions | None = None,
    ) -> list[int]:
        """Creates or updates executions; gives their ids.

        Raises:
            InvalidArgumentError: a message contradicts its type, or names an id that does not exist.
            NotFoundError: a type_id that does not exist.
            AlreadyExistsError: the name (within the type) or the external id is taken.
        """
        return self._backend.put_nodes(EXECUTION, list(executions), list(field_mask_paths or ()))

    def get_executions(
        self, list_options: ListOptions | None = None, extra_options: ExtraOptions | None = None
    ) -> list[Execution]:
        """All executions, or those that the options ask for."""
        return self._backend.get_nodes(EXECUTION, list_options)

    def get_executions_by_id(
        self, execution_ids: Iterable[int], extra_options: ExtraOptions | None = None
    ) -> list[Execution]:
        """The executions with these ids, each once, in the order of ids; ids without one are skipped."""
        return self._backend.get_nodes_by_id(EXECUTION, list(execution_ids))

    def get_executions_by_external_ids(
        self, external_ids: Iterable[str], extra_options: ExtraOptions | None = None
    ) -> list[Execution]:
        """The executions with these external ids; NotFoundError when there are none of them."""
        return self._backend.get_nodes_by_external_ids(EXECUTION, list(external_ids))

    def get_executions_by_type(
        self, type_name: str, type_version: str | None = None, extra_options: ExtraOptions | None = None
    ) -> list[Execution]:
        """The executions of a type; none when there is no such type."""
        return self._backend.get_nodes(EXECUTION, None, Scope(type_name=type_name, type_version=type_version))

    def get_execution_by_type_and_name(
        self,
        type_name: str,
        execution_name: str,
        type_version: str | None = None,
        extra_options: ExtraOptions | None = None,
    ) -> Execution | None:
        """The execution of that name among those of a type, or None."""
        return self._backend.get_node_by_type_and_name(EXECUTION, type_name, execution_name, type_version)

    def put_contexts(
        self,
        contexts: Iterable[Context],
        field_mask_paths: Sequence[str] | None = None,
        extra_options: ExtraOptions | None = None,
    ) -> list[int]:
        """Creates or updates contexts; gives their ids.

        Raises:
            InvalidArgumentError: a message contradicts its type, or names an id that does not exist.
            NotFoundError: a type_id that does not exist.
            AlreadyExistsError: the name (within the type) or the external id is taken.
        """
        return self._backend.put_nodes(CONTEXT, list(contexts), list(field_mask_paths or ()))

    def get_contexts(
        self, list_options: ListOptions | None = None, extra_options: ExtraOptions | None = None
    ) -> list[Context]:
        """All contexts, or those that the options ask for."""
        return self._backend.get_nodes(CONTEXT, list_options)

    def get_contexts_by_id(
        self, context_ids: Iterable[int], extra_options: ExtraOptions | None = None
    ) -> list[Context]:
        """The contexts with these ids, each once, in the order of ids; ids without one are skipped."""
        return self._backend.get_nodes_by_id(CONTEXT, list(context_ids))

    def get_contexts_by_external_ids(
        self, external_ids: Iterable[str], extra_options: ExtraOptions | None = None
    ) -> list[Context]:
        """The contexts with these external ids; NotFoundError when there are none of them."""
        return self._backend.get_nodes_by_external_ids(CONTEXT, list(external_ids))

    def get_contexts_by_type(
        self, type_name: str, type_version: str | None = None, extra_options: ExtraOptions | None = None
    ) -> list[Context]:
        """The contexts of a type; none when there is no such type."""
        return self._backend.get_nodes(CONTEXT, None, Scope(type_name=type_name, type_version=type_version))

    def get_context_by_type_and_name(
        self,
        type_name: str,
        context_name: str,
        type_version: str | None = None,
        extra_options: ExtraOptions | None = None,
    ) -> Context | None:
        """The context of that name among those of a type, or None."""
        return self._backend.get_node_by_type_and_name(CONTEXT, type_name, context_name, type_version)

    def get_artifacts_by_uri(self, uri: str, extra_options: ExtraOptions | None = None) -> list[Artifact]:
        """The artifacts with exactly this uri."""
        return self._backend.get_artifacts_by_uri(uri)

    def get_artifacts_and_types_by_artifact_ids(
        self,
        artifact_ids: Iterable[int],
        extra_options: ExtraOptions | None = None,
    ) -> tuple[list[Artifact], list[ArtifactType]]:
        """The artifacts with these ids, and their types, each once."""
        return self._backend.get_artifacts_and_types(list(artifact_ids))

    def get_artifacts_by_context(
        self, context_id: int, list_options: ListOptions | None = None, extra_options: ExtraOptions | None = None
    ) -> list[Artifact]:
        """The artifacts of a context; none when there is no such context."""
        return self._backend.get_nodes(ARTIFACT, list_options, Scope(context_id=context_id))

    def get_executions_by_context(
        self, context_id: int, list_options: ListOptions | None = None, extra_options: ExtraOptions | None = None
    ) -> list[Execution]:
        """The executions of a context, newest first unless there are options; none when there is no such context."""
        return self._backend.get_nodes(EXECUTION, list_options or NEWEST_FIRST, Scope(context_id=context_id))

    def get_contexts_by_artifact(self, artifact_id: int, extra_options: ExtraOptions | None = None) -> list[Context]:
        """The contexts of an artifact; NotFoundError when there are none."""
        return self._backend.get_contexts_of(ARTIFACT, artifact_id)

    def get_contexts_by_execution(self, execution_id: int, extra_options: ExtraOptions | None = None) -> list[Context]:
        """The contexts of an execution; NotFoundError when there are none."""
        return self._backend.get_contexts_of(EXECUTION, execution_id)

    def get_parent_contexts_by_context(
        self, context_id: int, extra_options: ExtraOptions | None = None
    ) -> list[Context]:
        """The parents of a context."""
        return self._backend.get_parent_contexts(context_id)

    def get_children_contexts_by_context(
        self, context_id: int, extra_options: ExtraOptions | None = None
    ) -> list[Context]:
        """The children of a context."""
        return self._backend.get_children_contexts(context_id)
