"""Runs in the environment of the original ml-metadata package: ``peer_script.py extend|dump DATABASE``, a path or URL.

``extend`` adds to a database, which is made when absent. Both then write all that they read to standard output, as
JSON of serialized messages in hex. ``filter DATABASE TEXT…`` writes the ids of the artifacts that pass each filter,
``downgrade DATABASE VERSION`` takes the schema down, ``upgrade DATABASE`` takes it up, and dumps.
"""

import json
import sys
from urllib.parse import urlsplit

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as messages


def config_of(path):
    config = messages.ConnectionConfig()
    url = urlsplit(path)
    if url.scheme == "mysql":
        server = config.mysql
        server.database, server.port = url.path[1:], url.port
    elif url.scheme == "postgresql":
        server = config.postgresql
        server.dbname, server.port = url.path[1:], str(url.port)
    else:
        config.sqlite.filename_uri = path
        return config
    server.host, server.user, server.password = url.hostname, url.username, url.password
    return config


def opened(path, upgrade=False):
    return ml_metadata.MetadataStore(config_of(path), enable_upgrade_migration=upgrade)


def register(store):
    model = messages.ArtifactType(name="Model", base_type=messages.ArtifactType.MODEL)
    for data_type in (1, 2, 3, 4, 5, 6):
        model.properties[f"p{data_type}"] = data_type
    trainer = messages.ExecutionType(name="Trainer", properties={"steps": messages.INT})
    trainer.input_type.dict.properties["examples"].simple.name = "Examples"
    trainer.output_type.union_type.candidates.add().none.SetInParent()
    return (
        store.put_artifact_type(model),
        store.put_execution_type(trainer),
        store.put_context_type(messages.ContextType(name="run", version="1")),
    )


def extend(store, uri, text):
    model, trainer, run = register(store)
    artifact = messages.Artifact(type_id=model, name=uri, uri=uri, state=messages.Artifact.LIVE, external_id=uri)
    values = {
        1: messages.Value(int_value=2**31 - 1),
        2: messages.Value(double_value=0.5),
        3: messages.Value(string_value=text),
        4: messages.Value(),
        5: messages.Value(),
        6: messages.Value(bool_value=True),
    }
    values[4].struct_value["k"] = [1, {"n": None}]
    values[5].proto_value.type_url = "type.googleapis.com/some.Message"
    values[5].proto_value.value = b"\x08\x07"
    for number, value in values.items():
        artifact.properties[f"p{number}"].CopyFrom(value)
        artifact.custom_properties[f"c{number}"].CopyFrom(value)
    event = messages.Event(type=messages.Event.OUTPUT)
    event.path.steps.add().key = "model"
    event.path.steps.add().index = 0
    store.put_execution(
        messages.Execution(type_id=trainer, last_known_state=messages.Execution.COMPLETE),
        [(artifact, event)],
        [messages.Context(type_id=run, name="shared")],
        reuse_context_if_already_exist=True,
    )


def everything(store):
    executions = store.get_executions()
    contexts = store.get_contexts()
    return {
        "artifact_types": store.get_artifact_types(),
        "execution_types": store.get_execution_types(),
        "context_types": store.get_context_types(),
        "artifacts": store.get_artifacts(),
        "executions": executions,
        "contexts": contexts,
        "events": store.get_events_by_execution_ids([e.id for e in executions]),
        "members": [a for c in contexts for a in store.get_artifacts_by_context(c.id)],
        "runs": [e for c in contexts for e in store.get_executions_by_context(c.id)],
    }


if __name__ == "__main__":
    command, database, *filters = sys.argv[1:]
    if command == "downgrade":
        ml_metadata.downgrade_schema(config_of(database), int(filters[0]))
        sys.exit()
    store = opened(database, upgrade=command == "upgrade")
    if command == "extend":
        # The original speaks Latin-1 to MySQL, which stores something else then for what is not ASCII.
        extend(store, "theirs", "it's %d" if database.startswith("mysql:") else 'it\'s "ä" %d')
    if command == "filter":
        listed = [store.get_artifacts(ml_metadata.ListOptions(filter_query=text)) for text in filters]
        sys.stdout.write(json.dumps([sorted(artifact.id for artifact in found) for found in listed]))
        sys.exit()
    found = {
        key: [message.SerializeToString().hex() for message in values] for key, values in everything(store).items()
    }
    sys.stdout.write(json.dumps(found))
