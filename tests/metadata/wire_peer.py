"""Runs in the environment of the original ml-metadata package: works as a client of a server, told by HOST:PORT.

Writes what it read to standard output, as JSON; a call that fails where it must not makes the script fail.
"""

import json
import sys

import ml_metadata
from ml_metadata import errors
from ml_metadata.proto import metadata_store_pb2 as messages

host, port = sys.argv[1].rsplit(":", 1)
store = ml_metadata.MetadataStore(messages.MetadataStoreClientConfig(host=host, port=int(port)))

model = store.put_artifact_type(messages.ArtifactType(name="Model", properties={"accuracy": messages.DOUBLE}))
trainer = store.put_execution_type(messages.ExecutionType(name="Trainer"))
run = store.put_context_type(messages.ContextType(name="run"))
artifact = messages.Artifact(type_id=model, uri="models/theirs", state=messages.Artifact.LIVE)
artifact.properties["accuracy"].double_value = 0.75
execution_id, [model_id], [context_id] = store.put_execution(
    messages.Execution(type_id=trainer, last_known_state=messages.Execution.COMPLETE),
    [(artifact, messages.Event(type=messages.Event.OUTPUT))],
    [messages.Context(type_id=run, name="run 1")],
)
many = store.put_artifacts([messages.Artifact(type_id=model, uri=f"models/{number}") for number in range(250)])
try:
    store.get_artifact_type("Missing")
except errors.NotFoundError as error:
    not_found = error.message
else:
    raise AssertionError("a type that is not there was found")

options = ml_metadata.ListOptions(
    limit=150, order_by=ml_metadata.OrderByField.ID, is_asc=False, filter_query="type = 'Model' AND uri LIKE 'models/%'"
)
query = messages.LineageSubgraphQueryOptions()
query.starting_artifacts.filter_query = f"id = {model_id}"
graph = store.get_lineage_subgraph(query)
json.dump(
    {
        "accuracy": store.get_artifacts_by_id([model_id])[0].properties["accuracy"].double_value,
        "all": len(store.get_artifacts()),
        "by_type": len(store.get_artifacts_by_type("Model")),
        "by_uri": [found.id == model_id for found in store.get_artifacts_by_uri("models/theirs")],
        "context": store.get_contexts_by_execution(execution_id)[0].id == context_id,
        "in_context": len(store.get_artifacts_by_context(context_id)),
        "lineage": [len(graph.artifacts), len(graph.executions), len(graph.contexts), len(graph.events)],
        "listed": [found.id for found in store.get_artifacts(options)] == many[: -150 - 1 : -1],
        "not_found": not_found,
        "types": sorted(found.name for found in store.get_artifact_types()),
    },
    sys.stdout,
)
