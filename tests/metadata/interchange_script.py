"""Runs with the original ml-metadata package, or by `with_compat.py` with ours under its names: one script for both.

``interchange_script.py variants DATABASE NAME`` writes one of each thing that a store can hold, under names with NAME.
``interchange_script.py take DATABASE TYPE`` writes a step that uses the newest artifact of a type, and gives that type
a property more and a new version.
``interchange_script.py read DATABASE`` makes all calls that read, for all that is there, and writes the answers to
standard output: JSON by call.
"""

import json
import sys

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from ml_metadata import ListOptions, MetadataStore, OrderByField, errors
from ml_metadata.proto import metadata_store_pb2 as messages
from peer_script import config_of

KINDS = ("artifact", "execution", "context")
NODES = {"artifact": messages.Artifact, "execution": messages.Execution, "context": messages.Context}
TYPES = {"artifact": messages.ArtifactType, "execution": messages.ExecutionType, "context": messages.ContextType}
TEXTS = (
    "",
    "plain",
    'it\'s "quoted" \\ %s %d ?',
    "äöü ẞ ﷺ",
    "日本語 e\u0301 \u200b",
    "🌾👩‍🌾",
    " spaces ",
    "line\nbreak\ttab",
)
PROPERTIES = {f"p{number}": number for number in range(1, 7)}  # one of each type


def value(**fields):
    return messages.Value(**fields)


def values(number, text):
    """A value of each type, by number."""
    struct, message = value(), value()
    struct.struct_value["k"] = [1, {"n": None, "t": text}]
    message.proto_value.Pack(Duration(seconds=number))
    return {
        1: value(int_value=(-1) ** number * (2**31 - 1 - number)),
        2: value(double_value=number / 4),
        3: value(string_value=text),
        4: struct,
        5: message,
        6: value(bool_value=number % 2 == 0),
    }


def fill(node, number, text):
    for kind, each in values(number, text).items():
        node.properties[f"p{kind}"].CopyFrom(each)
        node.custom_properties[f"custom {kind}"].CopyFrom(each)
    return node


def struct_types():
    """One of each way to say what an execution takes."""
    simple = messages.ArtifactStructType(simple=messages.ArtifactType(name="Examples", properties={"span": 1}))
    some = messages.ArtifactStructType(any={})
    yield simple
    yield messages.ArtifactStructType(union_type={"candidates": [simple, {"none": {}}]})
    yield messages.ArtifactStructType(intersection={"constraints": [simple, some]})
    yield messages.ArtifactStructType(list={"element": simple})
    yield messages.ArtifactStructType(tuple={"elements": [simple, some]})
    yield messages.ArtifactStructType(
        dict={"properties": {"a": simple}, "none_type_not_required": True, "extra_properties_type": some}
    )


def put_type(store, kind, type_, **options):
    return getattr(store, f"put_{kind}_type")(type_, **options)


def put_nodes(store, kind, nodes):
    return getattr(store, f"put_{kind}s")(nodes)


def write_types(store, name):
    """Types of all kinds with every option; the id of the one with properties, by kind."""
    with_properties = {}
    for kind in KINDS:
        made = TYPES[kind]
        type_ = made(name=name, properties=PROPERTIES, description="d é", external_id=f"{name} {kind} type")
        with_properties[kind] = put_type(store, kind, type_)
        for version in ("1", "2.0-β"):
            put_type(store, kind, made(name=name, version=version, properties={f"only {version}": 3}))
        put_type(store, kind, made(name=f"{name} bare"))
        put_type(store, kind, made(name=f"{name} grown", properties={"a": 1}))
        put_type(store, kind, made(name=f"{name} grown", properties={"a": 1, "b": 6}), can_add_fields=True)
        put_type(store, kind, made(name=f"{name} grown", external_id=f"{name} {kind} late"), can_omit_fields=True)
    for number in (1, 2, 3, 4):
        put_type(store, "artifact", messages.ArtifactType(name=f"{name} base {number}", base_type=number))
    for number in (1, 2, 3, 4, 5):
        put_type(store, "execution", messages.ExecutionType(name=f"{name} base {number}", base_type=number))
    for number, taken in enumerate(struct_types()):
        given = {"input_type": taken, "output_type": taken}
        put_type(store, "execution", messages.ExecutionType(name=f"{name} takes {number}", **given))
    return with_properties


def write_nodes(store, name, types):
    """Nodes of all kinds, with every state, text and property; their ids by kind."""
    states = {"artifact": ("state", range(7)), "execution": ("last_known_state", range(7)), "context": (None, [0])}
    ids = {}
    for kind, (field, numbers) in states.items():
        nodes = []
        for number, text in enumerate(TEXTS):
            node = NODES[kind](type_id=types[kind], name=f"{name} {text}", external_id=f"{name} {text}")
            if kind == "artifact":
                node.uri = text
            nodes.append(fill(node, number, text))
        for number in numbers:
            node = NODES[kind](type_id=types[kind])
            if field:
                setattr(node, field, number)
            else:
                node.name = f"{name} state"
            nodes.append(node)
        ids[kind] = put_nodes(store, kind, nodes)
    updated = NODES["artifact"](id=ids["artifact"][1], type_id=types["artifact"], uri="updated")
    store.put_artifacts([updated])
    updated.id, updated.custom_properties["kept"].int_value = ids["artifact"][2], 1
    store.put_artifacts([updated], ["uri", "custom_properties.kept"])
    return ids


def write_edges(store, ids):
    """Events of every type with every kind of path, memberships, and contexts above contexts."""
    events = []
    for number in range(1, 7):  # the original's filters know no PENDING_OUTPUT
        event = messages.Event(artifact_id=ids["artifact"][number], execution_id=ids["execution"][number], type=number)
        for step in range(number % 4):
            if step % 2:
                event.path.steps.add().index = step * number
            else:
                event.path.steps.add().key = TEXTS[number]
        if number % 2:
            event.milliseconds_since_epoch = number
        events.append(event)
    for artifact, execution in ((1, 2), (2, 3), (3, 4)):
        pair = {"artifact_id": ids["artifact"][artifact], "execution_id": ids["execution"][execution]}
        events.append(messages.Event(type=messages.Event.INPUT, **pair))
        pair["artifact_id"] = ids["artifact"][artifact + 1]
        events.append(messages.Event(type=messages.Event.OUTPUT, **pair))
    known = set()
    for event in events:
        key = (event.artifact_id, event.execution_id, event.type)
        if key not in known:
            store.put_events([event])
        known.add(key)
    contexts = ids["context"]
    store.put_attributions_and_associations(
        [messages.Attribution(artifact_id=a, context_id=contexts[a % 2]) for a in ids["artifact"]],
        [messages.Association(execution_id=e, context_id=contexts[e % 3]) for e in ids["execution"]],
    )
    above = ((0, 1), (0, 2), (1, 3), (2, 3), (3, 4))  # a diamond on a stalk
    store.put_parent_contexts(
        [messages.ParentContext(child_id=contexts[child], parent_id=contexts[parent]) for child, parent in above]
    )


def write_subgraphs(store, name, types):
    """What the calls that write several things at once can do."""
    context = messages.Context(type_id=types["context"], name=f"{name} shared")
    artifact = messages.Artifact(type_id=types["artifact"], external_id=f"{name} reused", uri="first")
    for uri in ("first", "second"):
        artifact.uri = uri
        store.put_execution(
            messages.Execution(type_id=types["execution"]),
            [(artifact, messages.Event(type=messages.Event.OUTPUT))],
            [context],
            reuse_context_if_already_exist=True,
            reuse_artifact_if_already_exist_by_external_id=True,
        )
    store.put_lineage_subgraph(
        [messages.Execution(type_id=types["execution"], name=f"{name} {n}") for n in range(2)],
        [messages.Artifact(type_id=types["artifact"], name=f"{name} {n}") for n in range(2)],
        [context],
        [(0, 0, messages.Event(type=4)), (1, 0, messages.Event(type=3)), (1, 1, messages.Event(type=4))],
        reuse_context_if_already_exist=True,
    )


def write_variants(store, name):
    types = write_types(store, name)
    write_edges(store, write_nodes(store, name, types))
    write_subgraphs(store, name, types)


def take(store, type_name):
    """A step of another program on what is there: it uses an artifact, and makes one of a new version of its type."""
    newest = store.get_artifacts_by_type(type_name)[-1]
    store.put_artifact_type(
        messages.ArtifactType(name=type_name, properties={"added elsewhere": 3}),
        can_add_fields=True,
        can_omit_fields=True,
    )
    version = store.put_artifact_type(messages.ArtifactType(name=type_name, version="2", properties={"score": 2}))
    made = messages.Artifact(type_id=version, uri="elsewhere/model", state=messages.Artifact.LIVE)
    made.properties["score"].double_value = 0.5
    store.put_execution(
        messages.Execution(
            type_id=store.put_execution_type(messages.ExecutionType(name="Elsewhere")),
            last_known_state=messages.Execution.COMPLETE,
        ),
        [
            (None, messages.Event(type=messages.Event.INPUT, artifact_id=newest.id)),
            (made, messages.Event(type=messages.Event.OUTPUT)),
        ],
        store.get_contexts_by_artifact(newest.id),
        reuse_context_if_already_exist=True,
    )


# ---- reading


def told(answer):
    """An answer as JSON, with as many digits of numbers as the original reads."""
    if isinstance(answer, (list, tuple)):
        return [told(each) for each in answer]
    return rounded(MessageToDict(answer, preserving_proto_field_name=True)) if answer is not None else None


def rounded(found):
    if isinstance(found, dict):
        return {key: rounded(each) for key, each in found.items()}
    if isinstance(found, list):
        return [rounded(each) for each in found]
    return float(f"{found:.12g}") if isinstance(found, float) else found


def asked(call, *arguments):
    """What a call answers; an error by its class."""
    try:
        return told(call(*arguments))
    except errors.StatusError as error:
        return type(error).__name__


def any_order(answer):
    """Where the order is not promised."""
    return sorted(answer, key=lambda each: json.dumps(each, sort_keys=True)) if isinstance(answer, list) else answer


FILTERS = {
    "artifact": (
        "uri = '' OR uri LIKE '%a%'",
        "state = LIVE AND type_id > 9",
        "state != LIVE",
        "state NOT IN (LIVE, DELETED)",
        "state IS NULL OR name LIKE '%🌾%'",
        "contexts_a.id > 1 AND events_b.type = OUTPUT",
        "events_0.execution_id > 1 AND events_0.type IN (INPUT, OUTPUT)",
        "properties.p1.int_value < 0 OR properties.p6.bool_value",
        "custom_properties.`custom 3`.string_value LIKE '%%%'",
        "create_time_since_epoch > 0 AND last_update_time_since_epoch >= create_time_since_epoch",
        "external_id = '' OR external_id IS NULL",
        "no such filter",
    ),
    "execution": (
        "last_known_state = COMPLETE",
        "last_known_state IN (NEW, CACHED) OR last_known_state IS NULL",
        "type LIKE '%a%' AND contexts_a.name != ''",
        "events_0.artifact_id = 1 OR events_0.type = DECLARED_INPUT",
    ),
    "context": (
        "parent_contexts_p.name LIKE '%'",
        "child_contexts_c.id > 1 AND type != ''",
        "artifacts_a.uri = '' OR executions_e.last_known_state = 3",
        "name LIKE '% %' AND NOT id = 2",
    ),
}


def read_kind(store, kind, found):
    """All calls about the types and the nodes of a kind."""
    nodes = getattr(store, f"get_{kind}s")()
    ids = [node.id for node in nodes]
    types = getattr(store, f"get_{kind}_types_by_id")(list(range(100)))
    listed = getattr(store, f"get_{kind}_types")()
    for type_ in listed:
        type_.ClearField("external_id")  # which the original leaves out of listings
    found[f"{kind} types"] = told(listed)
    found[f"{kind} types by id"] = told(types)
    found[f"{kind}s"] = told(nodes)
    external = [each.external_id for each in types + nodes if each.external_id] + ["none"]
    for what in ("types", "nodes"):
        by = getattr(store, f"get_{kind if what == 'nodes' else kind + '_type'}s_by_external_ids")
        found[f"{kind} {what} by external id"] = any_order(asked(by, external))
    found[f"{kind}s by id"] = asked(getattr(store, f"get_{kind}s_by_id"), [*ids, 10**6])
    for type_ in types:
        version = type_.version or None
        key = f"{kind} {type_.name!r} {version!r}"
        found[f"type of {key}"] = asked(getattr(store, f"get_{kind}_type"), type_.name, version)
        found[f"by type {key}"] = any_order(asked(getattr(store, f"get_{kind}s_by_type"), type_.name, version))
    for node in nodes:
        by_name = getattr(store, f"get_{kind}_by_type_and_name")
        found[f"{kind} by name {node.id}"] = asked(by_name, node.type, node.name or "none")
    for order in (OrderByField.CREATE_TIME, OrderByField.UPDATE_TIME, OrderByField.ID, None):
        options = ListOptions(limit=7, order_by=order, is_asc=order is None)
        found[f"{kind}s ordered by {order and order.name}"] = asked(getattr(store, f"get_{kind}s"), options)
    for text in FILTERS[kind]:
        listed = getattr(store, f"get_{kind}s")
        found[f"{kind}s where {text}"] = asked(listed, ListOptions(filter_query=text))
    return ids


def read_edges(store, ids, found):
    found["events by execution"] = any_order(asked(store.get_events_by_execution_ids, ids["execution"]))
    found["events by artifact"] = any_order(asked(store.get_events_by_artifact_ids, ids["artifact"]))
    for kind in ("artifact", "execution"):
        for number in ids[kind] + [10**6]:
            of = getattr(store, f"get_contexts_by_{kind}")
            found[f"contexts of {kind} {number}"] = any_order(asked(of, number))
    for number in ids["context"] + [10**6]:
        for of in (store.get_parent_contexts_by_context, store.get_children_contexts_by_context):
            found[f"{of.__name__} {number}"] = any_order(asked(of, number))
        artifacts, executions = store.get_artifacts_by_context, store.get_executions_by_context
        filtered = ListOptions(order_by=OrderByField.ID, filter_query="id > 3")
        found[f"artifacts of context {number}"] = any_order(asked(artifacts, number))
        found[f"executions of context {number}"] = any_order(asked(executions, number))
        found[f"some artifacts of context {number}"] = asked(artifacts, number, filtered)
        found[f"some executions of context {number}"] = asked(executions, number, filtered)
    artifacts, types = store.get_artifacts_and_types_by_artifact_ids(ids["artifact"])
    found["artifacts and types"] = told([artifacts, without_bases(types)])
    for uri in {artifact.uri for artifact in store.get_artifacts()}:
        found[f"artifacts at {uri!r}"] = any_order(asked(store.get_artifacts_by_uri, uri))


def read_lineage(store, ids, found):
    for kind in ("artifact", "execution"):
        for number in ids[kind]:
            for direction, hops in ((0, None), (1, None), (2, 3), (3, 0)):
                query = messages.LineageSubgraphQueryOptions(direction=direction, max_num_hops=hops)
                getattr(query, f"starting_{kind}s").filter_query = f"id = {number}"
                key = f"lineage of {kind} {number}, direction {direction}, hops {hops}"
                found[key] = graph_of(store, query)
    query = messages.LineageSubgraphQueryOptions()
    query.starting_artifacts.filter_query = "id > 0"
    for includes in (False, True):
        query.ending_executions.filter_query = "id > 3"
        query.ending_executions.include_ending_nodes = includes
        found[f"lineage that ends, {includes}"] = graph_of(store, query)
    query.starting_artifacts.filter_query = "id < 0"
    found["lineage of nothing"] = graph_of(store, query)


def graph_of(store, query):
    try:
        graph = store.get_lineage_subgraph(query)
    except errors.StatusError as error:
        return type(error).__name__
    without_bases(graph.artifact_types)
    without_bases(graph.execution_types)
    return {part: any_order(nodes) for part, nodes in told(graph).items()}


def without_bases(types):
    """Beside nodes, the original leaves the base types of their types out."""
    for type_ in types:
        type_.ClearField("base_type")
    return types


def read(store):
    found = {}
    ids = {kind: read_kind(store, kind, found) for kind in KINDS}
    read_edges(store, ids, found)
    read_lineage(store, ids, found)
    return found


if __name__ == "__main__":
    command, database = sys.argv[1:3]
    opened = MetadataStore(config_of(database))
    if command == "variants":
        write_variants(opened, sys.argv[3])
    elif command == "take":
        take(opened, sys.argv[3])
    else:
        sys.stdout.write(json.dumps(read(opened), sort_keys=True))
