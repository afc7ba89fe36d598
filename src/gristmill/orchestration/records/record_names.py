"""The names under which runs are written down in the metadata store.

Types of contexts, and where the family's tools look, are those of the family: an execution belongs to a ``pipeline``
(named after it), a ``pipeline_run`` (the run id), a ``node`` (``<pipeline>.<node>``) and, when it can be reused, an
``execution_cache`` (the fingerprint). What is ours alone is in custom properties whose names start with ``gristmill_``.
"""

from __future__ import annotations

__all__ = [
    "ERROR",
    "EXECUTION_CACHE",
    "EXTERNAL_FILES",
    "FAMILY_VERSION",
    "FAMILY_VERSION_VALUE",
    "FINGERPRINT_PARTS",
    "FINISHED",
    "HEARTBEAT",
    "HOST",
    "MACHINE",
    "MANIFEST",
    "NODE",
    "NODE_IDS",
    "NODE_NAME",
    "NOT_RUN",
    "NUMBER",
    "OWN_PREFIX",
    "PAYLOAD_DIGEST",
    "PID",
    "PIPELINE",
    "PIPELINE_NAME",
    "PIPELINE_ROOT",
    "PIPELINE_RUN",
    "PROCESS_START",
    "REASON",
    "REQUEST",
    "RESUMES",
    "RESUMPTION",
    "REUSED_EXECUTION",
    "RUN_ID",
    "RUN_STATE",
    "SECONDS",
    "STARTED",
    "SUMMARY",
    "VERSION",
    "node_context_name",
    "run_external_id",
]

# Context types.
PIPELINE = "pipeline"
PIPELINE_RUN = "pipeline_run"
NODE = "node"
EXECUTION_CACHE = "execution_cache"
RESUMPTION = "gristmill_resumption"  # named after the run that is resumed: the store holds a second one of it off

OWN_PREFIX = "gristmill_"

# On executions and runs: who runs it.
HOST = OWN_PREFIX + "host"
MACHINE = OWN_PREFIX + "machine"
PID = OWN_PREFIX + "pid"
PROCESS_START = OWN_PREFIX + "process_start"
HEARTBEAT = OWN_PREFIX + "heartbeat"  # int, ms since 1970-01-01 UTC

# On executions: what was decided and what came of it.
NODE_NAME = OWN_PREFIX + "node"
RUN_ID = OWN_PREFIX + "run_id"
REASON = OWN_PREFIX + "reason"
ERROR = OWN_PREFIX + "error"
SECONDS = OWN_PREFIX + "seconds"
SUMMARY = OWN_PREFIX + "summary"  # JSON list of lines
EXTERNAL_FILES = OWN_PREFIX + "external_files"  # JSON object: URI -> [size, modified, sha256]
FINGERPRINT_PARTS = OWN_PREFIX + "fingerprint"  # JSON object: part -> hex sha256
REUSED_EXECUTION = OWN_PREFIX + "reused_execution"  # int: the execution that made the outputs of a reused node

# On pipeline_run contexts.
PIPELINE_NAME = OWN_PREFIX + "pipeline"
PIPELINE_ROOT = OWN_PREFIX + "pipeline_root"
NUMBER = OWN_PREFIX + "run_number"
RUN_STATE = OWN_PREFIX + "state"  # running, complete, failed, canceled
STARTED = OWN_PREFIX + "started"  # int, ms since 1970-01-01 UTC
FINISHED = OWN_PREFIX + "finished"  # the same
NODE_IDS = OWN_PREFIX + "nodes"  # JSON list, in the order of the pipeline
REQUEST = OWN_PREFIX + "request"  # hex sha256 of what was asked for: runs that differ in it do not resume each other
RESUMES = OWN_PREFIX + "resumes"  # int: the number of the unfinished run that this one goes on from
NOT_RUN = OWN_PREFIX + "not_run"  # JSON object: node -> [state, reason], for nodes without an execution

# On artifacts.
PAYLOAD_DIGEST = OWN_PREFIX + "digest"
MANIFEST = OWN_PREFIX + "manifest"
VERSION = OWN_PREFIX + "version"
# The family's tools expect today's directory layout only where this names a release that wrote it (0.29 and newer).
FAMILY_VERSION = "tfx_version"
FAMILY_VERSION_VALUE = "1.16.0"


def node_context_name(pipeline_name: str, node_id: str) -> str:
    """The name of a node's context."""
    return f"{pipeline_name}.{node_id}"


def run_external_id(pipeline_name: str, number: int) -> str:
    """What makes the numbers of a pipeline's runs unique: the store refuses a second context with one external id."""
    return f"gristmill/{pipeline_name}/run/{number}"
