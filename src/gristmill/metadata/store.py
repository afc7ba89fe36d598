"""``MetadataStore``: the API that ML Metadata's users know, on whatever keeps the data."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from types import TracebackType

from gristmill.metadata.arguments import checks_arguments
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.extra_options import ExtraOptions
from gristmill.metadata.node_methods import NodeMethods
from gristmill.metadata.open_backend import StoreConfig, open_backend
from gristmill.metadata.reuse import Reuse
from gristmill.metadata.type_methods import TypeMethods
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    Association,
    Attribution,
    Context,
    Event,
    Execution,
    LineageGraph,
    LineageSubgraphQueryOptions,
    ParentContext,
)

__all__ = ["MetadataStore"]


@checks_arguments
class MetadataStore(TypeMethods, NodeMethods):
    """Types, artifacts, executions, contexts, and what connects them.

    The laws of ``gristmill.metadata.contract`` hold: every call is one transaction, and any number of threads and
    processes may use one database at once. A store is a context manager; closing it twice is harmless.

    Every method that puts or gets takes ``extra_options``, as ML Metadata's do: an ``ExtraOptions`` or None, without
    effect there and here. Anything else is an InvalidArgumentError.

    Args:
        config: a ``ConnectionConfig`` (see ``sqlite_config``), a URL such as ``sqlite:///metadata.db`` or
            ``postgresql://user:password@host/database``, or the path of a SQLite file. The file and its folder, the
            database on its server, and the tables are made when they are absent. A ``MetadataStoreClientConfig`` or
            ``grpc://host:port`` speaks to a metadata server.
        enable_upgrade_migration: lets an older schema be upgraded.

    Raises:
        OpenError: the database cannot be opened, is damaged, or has another schema version.
        ConfigError: the configuration cannot be read (a ValueError).
        UnavailableError: there is no metadata server.
        MissingExtraError: the driver of the database, or grpcio, is not installed.
        NotSupportedError: there is no back end for that database.
    """

    def __init__(self, config: StoreConfig, enable_upgrade_migration: bool = False) -> None:
        self._backend = open_backend(config, enable_upgrade_migration=enable_upgrade_migration)

    def __repr__(self) -> str:
        return f"MetadataStore({self._backend!r})"

    def __enter__(self) -> MetadataStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def backend(self) -> MetadataBackend:
        """What keeps the data: the contract's methods, for whoever serves or checks a store."""
        return self._backend

    @property
    def pipeline_asset(self) -> None:
        """Always None, with a warning: ML Metadata publishes the name, and no store that people can have fills it."""
        warnings.warn("a metadata store has no pipeline_asset: it is always None", stacklevel=2)

    def close(self) -> None:
        """Releases the connections to the database."""
        self._backend.close()

    # ---- edges

    def put_events(self, events: Iterable[Event], extra_options: ExtraOptions | None = None) -> None:
        """Stores events; one without a time happens now.

        Raises:
            InvalidArgumentError: an event has no type, or names a node that does not exist.
            AlreadyExistsError: the artifact and the execution have an event of that type.
        """
        self._backend.put_events(list(events))

    def get_events_by_execution_ids(
        self, execution_ids: Iterable[int], extra_options: ExtraOptions | None = None
    ) -> list[Event]:
        """The events of these executions, in the order of storing."""
        return self._backend.get_events(execution_ids=list(execution_ids))

    def get_events_by_artifact_ids(
        self, artifact_ids: Iterable[int], extra_options: ExtraOptions | None = None
    ) -> list[Event]:
        """The events of these artifacts, in the order of storing."""
        return self._backend.get_events(artifact_ids=list(artifact_ids))

    def put_attributions_and_associations(
        self,
        attributions: Iterable[Attribution],
        associations: Iterable[Association],
        extra_options: ExtraOptions | None = None,
    ) -> None:
        """Puts artifacts and executions into contexts; repeating is harmless.

        Raises:
            InvalidArgumentError: a node does not exist.
        """
        self._backend.put_attributions_and_associations(list(attributions), list(associations))

    def put_parent_contexts(
        self, parent_contexts: Iterable[ParentContext], extra_options: ExtraOptions | None = None
    ) -> None:
        """Makes contexts children of others.

        Raises:
            InvalidArgumentError: a context does not exist, or would become its own ancestor.
            AlreadyExistsError: the edge exists.
        """
        self._backend.put_parent_contexts(list(parent_contexts))

    # ---- whole pieces of lineage

    def put_execution(
        self,
        execution: Execution,
        artifact_and_events: Iterable[tuple[Artifact | None, Event | None]],
        contexts: Iterable[Context] | None,
        reuse_context_if_already_exist: bool = False,
        reuse_artifact_if_already_exist_by_external_id: bool = False,
        force_reuse_context: bool = False,
        force_update_time: bool = False,
        extra_options: ExtraOptions | None = None,
    ) -> tuple[int, list[int], list[int]]:
        """Stores an execution with its artifacts, events and contexts, in one transaction.

        All the artifacts and the execution are put into every context. An artifact given by id is replaced by the
        message; to keep what is stored, pass ``None`` and name its id in the event.

        Args:
            execution: created, or updated when it has an id.
            artifact_and_events: pairs of an artifact (or None) and the event that connects it (or None).
            contexts: created, or updated when they have an id.
            reuse_context_if_already_exist: take the context of the same type and name as it is stored.
            reuse_artifact_if_already_exist_by_external_id: update the artifact that has the external id.
            force_reuse_context: take a context given by id as it is stored.
            force_update_time: move the execution's update time even when nothing changes.

        Returns:
            The execution's id, the artifacts' ids (-1 for a pair of nothing), and the contexts' ids.

        Raises:
            InvalidArgumentError: ids in the events contradict the nodes, or a node contradicts its type.
            NotFoundError: a type, or a context to reuse by id, does not exist.
            AlreadyExistsError: a name, external id or event is taken.
        """
        reuse = Reuse(
            contexts=reuse_context_if_already_exist,
            contexts_by_id=force_reuse_context,
            artifacts_by_external_id=reuse_artifact_if_already_exist_by_external_id,
        )
        return self._backend.put_execution(
            execution, list(artifact_and_events), list(contexts or ()), reuse, force_update_time=force_update_time
        )

    def put_lineage_subgraph(
        self,
        executions: Iterable[Execution],
        artifacts: Iterable[Artifact],
        contexts: Iterable[Context],
        event_edges: Iterable[tuple[int | None, int | None, Event]],
        reuse_context_if_already_exist: bool = False,
        reuse_artifact_if_already_exist_by_external_id: bool = False,
        extra_options: ExtraOptions | None = None,
    ) -> tuple[list[int], list[int], list[int]]:
        """Stores executions, artifacts and contexts with the events between them, in one transaction.

        Every execution and artifact is put into every context.

        Args:
            executions: to create or update; every node must have a type_id.
            artifacts: likewise.
            contexts: likewise.
            event_edges: (index into executions, index into artifacts, event); an index may be None when the event
                names the id of a stored node instead.
            reuse_context_if_already_exist: take the context of the same type and name as it is stored.
            reuse_artifact_if_already_exist_by_external_id: update the artifact that has the external id.

        Returns:
            The ids of the executions, the artifacts and the contexts.

        Raises:
            OutOfRangeError: an index points outside its list.
            InvalidArgumentError: an edge names no node or contradicts it, or a node contradicts its type.
            AlreadyExistsError: a name, external id or event is taken.
        """
        reuse = Reuse(
            contexts=reuse_context_if_already_exist,
            artifacts_by_external_id=reuse_artifact_if_already_exist_by_external_id,
        )
        return self._backend.put_lineage_subgraph(
            list(executions), list(artifacts), list(contexts), list(event_edges), reuse
        )

    def get_lineage_subgraph(
        self,
        query_options: LineageSubgraphQueryOptions,
        field_mask_paths: Sequence[str] | None = None,
        extra_options: ExtraOptions | None = None,
    ) -> LineageGraph:
        """The part of the lineage graph around the nodes that a filter finds.

        Args:
            query_options: the starting filter, direction (both, unless set), hops across events (at most 100) and
                filters of nodes where the walk ends.
            field_mask_paths: the parts of the graph to fill; all of them by default.

        Raises:
            InvalidArgumentError: no starting filter, a negative number of hops, an unknown path or a wrong filter.
            NotFoundError: no node passes the starting filter.
        """
        return self._backend.get_lineage_subgraph(query_options, list(field_mask_paths or ()))
