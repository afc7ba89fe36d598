"""The data that pipelines read from outside: what lies behind an artifact, and what came of a file.

Steps record the files that they read from outside the pipeline, with a digest of each (``external_inputs``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gristmill.io import filesystem
from gristmill.metadata import ListOptions, MetadataStore
from gristmill.metadata.lineage import OUTPUT_EVENTS, Lineage
from gristmill.orchestration.fingerprints.external_inputs import from_json
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.run_records import int_of, text_of
from gristmill.proto import metadata_store_pb2

__all__ = ["DataSource", "artifacts_made_from", "data_sources"]

_READ_SOMETHING = ListOptions(filter_query=f"custom_properties.{names.EXTERNAL_FILES}.string_value != ''")


@dataclass(frozen=True)
class DataSource:
    """A file from outside that a step read.

    Attributes:
        uri: the file.
        size: its bytes when it was read.
        digest: hex sha256 of its content when it was read.
        step: the step that read it.
        run: the number of the run; 0 where unknown.
        execution_id: the execution that read it.
    """

    uri: str
    size: int
    digest: str
    step: str
    run: int
    execution_id: int


def data_sources(lineage: Lineage) -> list[DataSource]:
    """The files from outside that the executions of a lineage read: of what an upstream lineage starts from, the data.

    A file that several runs read with the same content is told once, with the first of them.
    """
    found: dict[tuple[str, str], DataSource] = {}
    for execution_id in sorted(lineage.executions):
        execution = lineage.executions[execution_id].message
        for uri, file in from_json(text_of(execution, names.EXTERNAL_FILES)).items():
            step, run = text_of(execution, names.NODE_NAME), int_of(execution, names.NUMBER)
            source = DataSource(uri, file.size, file.digest, step, run, execution_id)
            found.setdefault((uri, file.digest), source)
    return list(found.values())


def artifacts_made_from(store: MetadataStore, uri: str) -> list[int]:
    """Ids of the artifacts that steps made directly from a file from outside, or from files in a folder.

    Args:
        uri: the file or folder; a local one counts from any working directory.
    """
    wanted = filesystem.absolute(uri).rstrip("/")
    readers = [execution.id for execution in store.get_executions(_READ_SOMETHING) if _reads(execution, wanted)]
    events = store.get_events_by_execution_ids(readers) if readers else []
    return sorted({event.artifact_id for event in events if event.type in OUTPUT_EVENTS})


def _reads(execution: metadata_store_pb2.Execution, wanted: str) -> bool:
    files: Sequence[str] = list(from_json(text_of(execution, names.EXTERNAL_FILES)))
    absolute = [filesystem.absolute(uri) for uri in files]
    return any(uri == wanted or uri.startswith(wanted + "/") for uri in absolute)
