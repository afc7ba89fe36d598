"""What a transform costs grows with the number of its features, and not faster."""

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import gristmill.transform as tft
from gristmill.engine.local import LocalEngine
from gristmill.io.tensors import schema_from_feature_spec

pytestmark = pytest.mark.tensorflow

WIDTHS = (4, 8, 16)


def spec_of(width):
    numbers = {f"{kind}{i:02}": tf.io.FixedLenFeature([], tf.float32) for kind in "zsb" for i in range(width)}
    return numbers | {f"v{i:02}": tf.io.FixedLenFeature([], tf.string) for i in range(width)}


def every_kind(inputs):
    """A z-score, a scaling, buckets or a vocabulary of each feature."""
    mappers = {
        "z": lambda _, x: tft.scale_to_z_score(x),
        "s": lambda _, x: tft.scale_to_0_1(x),
        "b": lambda _, x: tft.bucketize(x, 3),
        "v": lambda name, x: tft.compute_and_apply_vocabulary(x, vocab_filename=name),
    }
    return {name: mappers[name[0]](name, x) for name, x in inputs.items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """By width: how often the function was traced, in how many passes, and the sizes of what was traced and saved."""
    found = {}
    for width in WIDTHS:
        folder, traced = tmp_path_factory.mktemp("wide"), []

        def counted(inputs, traced=traced):
            outputs = every_kind(inputs)
            traced.append(len(tf.compat.v1.get_default_graph().get_operations()))
            return outputs

        schema = schema_from_feature_spec(spec_of(width))
        summary = tft.analyze(counted, schema, [], engine=LocalEngine(), output_dir=str(folder))
        saved = saved_model_pb2.SavedModel.FromString((folder / "transform_fn" / "saved_model.pb").read_bytes())
        [meta] = saved.meta_graphs
        functions = meta.graph_def.library.function
        found[width] = {
            "traces": len(traced),
            "passes": summary.phases,
            "operations traced": sum(traced),
            "functions": len(functions),
            "nodes": len(meta.graph_def.node) + sum(len(function.node_def) for function in functions),
            "objects": len(meta.object_graph_def.nodes),
        }
    return found


@pytest.mark.parametrize("figure", ["operations traced", "nodes", "functions", "objects"])
def test_graphs_grow_linearly_with_the_features(made, figure):
    small, middle, large = (made[width][figure] for width in WIDTHS)
    assert large - middle == 2 * (middle - small)


def test_the_function_is_traced_once_per_pass_and_once_more_however_many_features_there_are(made):
    assert {(each["passes"], each["traces"]) for each in made.values()} == {(1, 2)}


def test_a_saved_graph_holds_nothing_that_only_analyzers_needed(made, tmp_path):
    spec = spec_of(1)
    tft.analyze(every_kind, schema_from_feature_spec(spec), [], engine=LocalEngine(), output_dir=str(tmp_path))
    saved = saved_model_pb2.SavedModel.FromString((tmp_path / "transform_fn" / "saved_model.pb").read_bytes())
    kinds = {node.op for function in saved.meta_graphs[0].graph_def.library.function for node in function.node_def}
    assert "Bucketize" in kinds
    assert not kinds & {"UniqueWithCountsV2", "UniqueWithCounts", "Unique"}
