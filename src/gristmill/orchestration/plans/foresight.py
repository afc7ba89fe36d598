"""What can be said of a component before the nodes in front of it have run, when some of its inputs are not known.

Its fingerprint lacks these inputs then. If no earlier execution that may be reused agrees with the rest of it, the node
runs whatever they turn out to be. Otherwise it runs if they turn out to be others than that execution had.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.channel import output_channels
from gristmill.dsl.node import BaseNode
from gristmill.dsl.placeholder.artifacts import ArtifactListPlaceholder
from gristmill.dsl.placeholder.expression import sub_expressions
from gristmill.dsl.placeholder.scope import Scope
from gristmill.orchestration.fingerprints.fingerprint import Fingerprint
from gristmill.orchestration.nodes.input_resolution import ResultsSoFar, artifacts_in
from gristmill.orchestration.nodes.node_life import parameters_of, with_inputs
from gristmill.orchestration.plans.run_plan import PlannedNode, PlannedState
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.newest_first import newest_executions
from gristmill.orchestration.records.run_records import text_of
from gristmill.orchestration.reuse.decision import Decider
from gristmill.orchestration.reuse.search import FIRST_RUN, last_complete, parts_in_words
from gristmill.proto import metadata_store_pb2

__all__ = ["CACHE_IS_OFF", "foresee", "undecided_before", "undecided_in"]

CACHE_IS_OFF = "the pipeline's cache is off"

_Parts = Mapping[str, str]


def foresee(
    decider: Decider, node: BaseComponent, results: ResultsSoFar, scope: Scope, undecided: Collection[str]
) -> PlannedNode:
    """What would become of a component some of whose inputs are not known.

    Args:
        decider: of the run.
        node: the component.
        results: of the nodes before it, as far as they are known.
        scope: what its parameters may refer to.
        undecided: ids of the nodes whose outputs are not known.

    Raises:
        Exception: whatever cannot be read that decides the outputs.
    """
    depends_on = tuple(undecided_before(node, undecided))
    unknown = [key for key, channel in node.inputs.items() if _producers([channel]) & set(undecided)]
    earlier = last_complete(decider.store, decider.pipeline_name, node.id)
    if decider.policy.forbids(node):
        return PlannedNode(node.id, PlannedState.RUNS, decider.policy.forbids(node))
    candidates = _candidates(decider, node)
    newest = next(candidates, None)
    if newest is None and earlier is None:
        return PlannedNode(node.id, PlannedState.RUNS, FIRST_RUN)
    depends = PlannedNode(
        node.id, PlannedState.DEPENDS, f"runs if the output of {' or '.join(depends_on)} changes", depends_on=depends_on
    )
    if undecided_in(node.exec_properties.values(), undecided, unknown):
        return depends  # its parameters are not known either, which may name files and code
    inputs = {key: artifacts_in(channel, results) for key, channel in node.inputs.items() if key not in unknown}
    exec_properties = parameters_of(node, with_inputs(scope, inputs))
    known = decider.fingerprint(node, inputs, exec_properties, earlier)[0].parts
    to_come = {f"input {key}" for key in unknown}
    earlier_ones = candidates if newest is None else chain([newest], candidates)
    agreeing = (parts for parts in earlier_ones if _agree(parts, known, to_come))
    refusals: dict[str, Sequence[str]] = {}
    for key in (Fingerprint(parts).key for parts in agreeing):
        if key in refusals:
            continue
        lookup = decider.look_up(node, exec_properties, key)
        if lookup.hit is not None:
            return depends
        refusals[key] = lookup.refusals
    first_refusal = next(chain.from_iterable(refusals.values()), None)
    if first_refusal is not None:
        return PlannedNode(node.id, PlannedState.RUNS, first_refusal)
    changes = _changes(_parts_of(earlier), known, to_come)
    return PlannedNode(node.id, PlannedState.RUNS, parts_in_words(changes) if changes else CACHE_IS_OFF)


def undecided_before(node: BaseNode, undecided: Collection[str]) -> list[str]:
    """Those of the nodes whose outputs are not known that the node's inputs, conditions and parameters come from."""
    before = _producers([*node.inputs.values(), *node.referred_channels])
    return [producer.id for producer in node.upstream_nodes if producer.id in before and producer.id in undecided]


def undecided_in(
    expressions: Iterable[object], undecided: Collection[str], unknown_inputs: Collection[str] = ()
) -> list[str]:
    """What expressions refer to that is not known: ids of nodes, keys of inputs."""
    found: list[str] = []
    for part in sub_expressions(list(expressions)):
        if not isinstance(part, ArtifactListPlaceholder):
            continue
        if part.channel is not None:
            found += sorted(_producers([part.channel]) & set(undecided))
        elif part.source == "input" and part.key in unknown_inputs:
            found.append(part.key)
    return list(dict.fromkeys(found))


def _producers(channels: Iterable[object]) -> set[str]:
    return {channel.producer.id for channel in output_channels(channels)}  # type: ignore[arg-type]


def _candidates(decider: Decider, node: BaseNode) -> Iterator[_Parts]:
    """The fingerprints of the executions that may be reused if nothing about them has changed, newest first."""
    context = decider.store.get_context_by_type_and_name(
        names.NODE, names.node_context_name(decider.pipeline_name, node.id)
    )
    oldest = decider.policy.oldest(node)
    if context is None or oldest is None:
        return
    for execution in newest_executions(decider.store, context.id, passing="last_known_state = COMPLETE"):
        if execution.id < oldest:
            return
        parts = _parts_of(execution)
        if parts and decider.policy.allows(node, execution):
            yield parts


def _parts_of(execution: metadata_store_pb2.Execution | None) -> _Parts:
    text = "" if execution is None else text_of(execution, names.FINGERPRINT_PARTS)
    return {str(name): str(digest) for name, digest in json.loads(text or "{}").items()}


def _agree(parts: _Parts, known: _Parts, to_come: Collection[str]) -> bool:
    return set(parts) == {*known, *to_come} and not _changes(parts, known, to_come)


def _changes(parts: _Parts, known: _Parts, to_come: Collection[str]) -> list[str]:
    changes = Fingerprint(known).changes_since(parts)
    return [name for name in changes if name not in to_come]
