"""The store's methods about types."""

from __future__ import annotations

from collections.abc import Iterable

from gristmill.metadata.arguments import checks_arguments
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.extra_options import ExtraOptions
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION
from gristmill.proto.metadata_store_pb2 import ArtifactType, ContextType, ExecutionType

__all__ = ["TypeMethods"]


@checks_arguments
class TypeMethods:
    """Types of artifacts, executions and contexts.

    A type is known by its name and version (``None`` or ``""``: unversioned). Putting a type that is stored gives its
    id; ``can_add_fields`` allows properties that are not stored yet, ``can_omit_fields`` allows leaving stored ones out
    (they stay). A description is kept from the first time; an external id may be added or changed; a base type may be
    added and not changed.
    """

    _backend: MetadataBackend

    def put_artifact_type(
        self,
        artifact_type: ArtifactType,
        can_add_fields: bool = False,
        can_omit_fields: bool = False,
        extra_options: ExtraOptions | None = None,
    ) -> int:
        """Creates an artifact type, or extends the stored one; gives its id.

        Raises:
            InvalidArgumentError: no name, or a property of type UNKNOWN.
            AlreadyExistsError: the stored properties differ in a way that is not allowed, or the external id is taken.
            UnimplementedError: the base type would change.
        """
        [type_id] = self._backend.put_types(
            [artifact_type], can_add_fields=can_add_fields, can_omit_fields=can_omit_fields
        )
        return type_id

    def get_artifact_type(
        self, type_name: str, type_version: str | None = None, extra_options: ExtraOptions | None = None
    ) -> ArtifactType:
        """The artifact type of that name and version; NotFoundError when there is none."""
        return self._backend.get_type(ARTIFACT, type_name, type_version)

    def get_artifact_types(self, extra_options: ExtraOptions | None = None) -> list[ArtifactType]:
        """All artifact types, without those that every store has from the start."""
        return self._backend.get_types(ARTIFACT)

    def get_artifact_types_by_id(
        self, type_ids: Iterable[int], extra_options: ExtraOptions | None = None
    ) -> list[ArtifactType]:
        """The artifact types with these ids, in the order of ids; ids without one are skipped."""
        return self._backend.get_types_by_id(ARTIFACT, list(type_ids))

    def get_artifact_types_by_external_ids(
        self, external_ids: Iterable[str], extra_options: ExtraOptions | None = None
    ) -> list[ArtifactType]:
        """The artifact types with these external ids; NotFoundError when there are none of them."""
        return self._backend.get_types_by_external_ids(ARTIFACT, list(external_ids))

    def put_execution_type(
        self,
        execution_type: ExecutionType,
        can_add_fields: bool = False,
        can_omit_fields: bool = False,
        extra_options: ExtraOptions | None = None,
    ) -> int:
        """Creates an execution type, or extends the stored one; gives its id.

        Raises:
            InvalidArgumentError: no name, or a property of type UNKNOWN.
            AlreadyExistsError: the stored properties differ in a way that is not allowed, or the external id is taken.
            UnimplementedError: the base type would change.
        """
        [type_id] = self._backend.put_types(
            [execution_type], can_add_fields=can_add_fields, can_omit_fields=can_omit_fields
        )
        return type_id

    def get_execution_type(
        self, type_name: str, type_version: str | None = None, extra_options: ExtraOptions | None = None
    ) -> ExecutionType:
        """The execution type of that name and version; NotFoundError when there is none."""
        return self._backend.get_type(EXECUTION, type_name, type_version)

    def get_execution_types(self, extra_options: ExtraOptions | None = None) -> list[ExecutionType]:
        """All execution types, without those that every store has from the start."""
        return self._backend.get_types(EXECUTION)

    def get_execution_types_by_id(
        self, type_ids: Iterable[int], extra_options: ExtraOptions | None = None
    ) -> list[ExecutionType]:
        """The execution types with these ids, in the order of ids; ids without one are skipped."""
        return self._backend.get_types_by_id(EXECUTION, list(type_ids))

    def get_execution_types_by_external_ids(
        self, external_ids: Iterable[str], extra_options: ExtraOptions | None = None
    ) -> list[ExecutionType]:
        """The execution types with these external ids; NotFoundError when there are none of them."""
        return self._backend.get_types_by_external_ids(EXECUTION, list(external_ids))

    def put_context_type(
        self,
        context_type: ContextType,
        can_add_fields: bool = False,
        can_omit_fields: bool = False,
        extra_options: ExtraOptions | None = None,
    ) -> int:
        """Creates a context type, or extends the stored one; gives its id.

        Raises:
            InvalidArgumentError: no name, or a property of type UNKNOWN.
            AlreadyExistsError: the stored properties differ in a way that is not allowed, or the external id is taken.
            UnimplementedError: the base type would change.
        """
        [type_id] = self._backend.put_types(
            [context_type], can_add_fields=can_add_fields, can_omit_fields=can_omit_fields
        )
        return type_id

    def get_context_type(
        self, type_name: str, type_version: str | None = None, extra_options: ExtraOptions | None = None
    ) -> ContextType:
        """The context type of that name and version; NotFoundError when there is none."""
        return self._backend.get_type(CONTEXT, type_name, type_version)

    def get_context_types(self, extra_options: ExtraOptions | None = None) -> list[ContextType]:
        """All context types, without those that every store has from the start."""
        return self._backend.get_types(CONTEXT)

    def get_context_types_by_id(
        self, type_ids: Iterable[int], extra_options: ExtraOptions | None = None
    ) -> list[ContextType]:
        """The context types with these ids, in the order of ids; ids without one are skipped."""
        return self._backend.get_types_by_id(CONTEXT, list(type_ids))

    def get_context_types_by_external_ids(
        self, external_ids: Iterable[str], extra_options: ExtraOptions | None = None
    ) -> list[ContextType]:
        """The context types with these external ids; NotFoundError when there are none of them."""
        return self._backend.get_types_by_external_ids(CONTEXT, list(external_ids))
