"""What executors of existing projects call does what they expect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gristmill.dsl.standard_artifacts import Examples, ModelBlessing
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.proto import pusher_pb2

pytestmark = pytest.mark.usefixtures("family")


def examples(uri: Path) -> Examples:
    artifact = Examples()
    artifact.uri = str(uri)
    artifact.splits = ["train", "eval"]
    return artifact


def test_one_artifact_is_taken_out_of_a_list(tmp_path: Path) -> None:
    from tfx.types import artifact_utils

    artifact = examples(tmp_path)
    assert artifact_utils.get_single_instance([artifact]) is artifact
    assert artifact_utils.get_single_uri([artifact]) == str(tmp_path)
    assert artifact_utils.get_split_uri([artifact], "eval") == str(tmp_path / "Split-eval")
    assert artifact_utils.get_split_uris([artifact, artifact], "train") == [str(tmp_path / "Split-train")] * 2
    assert artifact_utils.decode_split_names(artifact_utils.encode_split_names(["a", "b"])) == ["a", "b"]
    with pytest.raises(ConfigError, match="exactly one artifact"):
        artifact_utils.get_single_instance([artifact, artifact])


def test_channels_pass_through() -> None:
    from tfx.types import Channel, channel_utils

    channel = Channel(type=Examples)
    assert channel_utils.as_channel(channel) is channel
    assert channel_utils.get_individual_channels(channel_utils.union([channel, channel])) == [channel, channel]


def test_new_artifacts_declare_an_output_of_their_type(tmp_path: Path) -> None:
    from tfx.types import channel_utils

    assert channel_utils.as_channel([Examples()]).type is Examples
    with pytest.raises(NotSupportedError, match="Importer"):
        channel_utils.as_channel([examples(tmp_path)])
    with pytest.raises(ConfigError, match="its artifacts"):
        channel_utils.as_channel([])


def test_a_blessing_is_read() -> None:
    from tfx.components.util import model_utils

    blessing = ModelBlessing()
    assert not model_utils.is_model_blessed(blessing)
    blessing.set_int_custom_property("blessed", 1)
    assert model_utils.is_model_blessed(blessing)


def test_functions_are_found_by_file_and_by_name(tmp_path: Path) -> None:
    from tfx.components.util import udf_utils
    from tfx.utils import import_utils

    module = tmp_path / "made_here.py"
    module.write_text("def answer():\n    return 42\n")
    assert udf_utils.get_fn({"module_file": str(module)}, "answer")() == 42
    assert import_utils.import_func_from_module("json", "dumps") is json.dumps
    assert import_utils.import_class_by_path("pathlib.Path") is Path


def test_a_file_elsewhere_is_brought_to_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tfx.utils import io_utils

    here = str(tmp_path / "here.py")
    assert io_utils.ensure_local(here) == here
    io_utils.write_string_file("memory://modules/away.py", "x = 1")
    monkeypatch.chdir(tmp_path)
    assert io_utils.ensure_local("memory://modules/away.py") == "away.py"
    assert (tmp_path / "away.py").read_text() == "x = 1"


def test_files_are_written_read_and_copied(tmp_path: Path) -> None:
    from tfx.utils import io_utils

    source, target = str(tmp_path / "a" / "x.txt"), str(tmp_path / "b" / "y.txt")
    io_utils.write_string_file(source, "n,m\n1,2\n")
    io_utils.copy_file(source, target)
    with pytest.raises(FileExistsError):
        io_utils.copy_file(source, target)
    io_utils.copy_file(source, target, overwrite=True)
    assert io_utils.read_string_file(target) == "n,m\n1,2\n"
    assert io_utils.load_csv_column_names(target) == ["n", "m"]
    assert io_utils.get_only_uri_in_dir(str(tmp_path / "b")) == target
    io_utils.copy_dir(str(tmp_path / "a"), str(tmp_path / "b"))
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["x.txt"]
    io_utils.delete_dir(str(tmp_path / "b"))
    io_utils.delete_dir(str(tmp_path / "b"))
    assert not (tmp_path / "b").exists()


def test_messages_are_read_from_text_and_json(tmp_path: Path) -> None:
    from tfx.proto import pusher_pb2 as same
    from tfx.utils import io_utils, proto_utils

    assert same.PushDestination is pusher_pb2.PushDestination
    message = pusher_pb2.PushDestination()
    message.filesystem.base_directory = "serving"
    io_utils.write_pbtxt_file(str(tmp_path / "m.pbtxt"), message)
    assert io_utils.parse_pbtxt_file(str(tmp_path / "m.pbtxt"), pusher_pb2.PushDestination()) == message
    text = proto_utils.proto_to_json(message)
    assert proto_utils.json_to_proto(text, pusher_pb2.PushDestination()) == message
    fields = proto_utils.proto_to_dict(message)
    assert fields == {"filesystem": {"base_directory": "serving"}}
    assert proto_utils.dict_to_proto({**fields, "new": 1}, pusher_pb2.PushDestination()) == message
    io_utils.write_bytes_file(str(tmp_path / "m.json"), text.encode())
    assert io_utils.parse_json_file(str(tmp_path / "m.json"), pusher_pb2.PushDestination()) == message
    io_utils.write_string_file(str(tmp_path / "m.json"), "{")
    with pytest.raises(DataError, match=r"m\.json"):
        io_utils.parse_json_file(str(tmp_path / "m.json"), pusher_pb2.PushDestination())


def test_json_holds_plain_values_and_makes_no_objects() -> None:
    from tfx.utils import json_utils

    assert json_utils.loads(json_utils.dumps({"b": [1, None], "a": "x"})) == {"a": "x", "b": [1, None]}
    with pytest.raises(NotSupportedError):
        json_utils.dumps({"a": object()})
    with pytest.raises(NotSupportedError, match="objects are not made"):
        json_utils.loads('{"__class__": "C", "__module__": "os", "__tfx_object_type__": "jsonable"}')


def test_models_lie_where_a_trainer_puts_them(tmp_path: Path) -> None:
    from tfx.utils import path_utils

    uri = str(tmp_path)
    assert path_utils.serving_model_path(uri) == uri
    (tmp_path / "Format-Serving").mkdir()
    assert path_utils.serving_model_path(uri) == path_utils.serving_model_dir(uri) == str(tmp_path / "Format-Serving")
    assert path_utils.eval_model_path(uri) == path_utils.serving_model_dir(uri)
    (tmp_path / "Format-TFMA").mkdir()
    assert path_utils.eval_model_path(uri) == path_utils.eval_model_dir(uri) == str(tmp_path / "Format-TFMA")


def test_keys_are_what_they_are_called_after() -> None:
    from tfx.types import standard_component_specs as specs

    assert (specs.EXAMPLES_KEY, specs.PUSH_DESTINATION_KEY) == ("examples", "push_destination")
    for spec in (specs.TrainerSpec, specs.TransformSpec, specs.EvaluatorSpec, specs.StatisticsGenSpec):
        for key in (*spec.INPUTS, *spec.OUTPUTS, *spec.PARAMETERS):
            assert getattr(specs, f"{key.upper()}_KEY") == key


def test_simple_artifacts_are_artifact_types() -> None:
    from tfx.types import Artifact
    from tfx.types.experimental.simple_artifacts import Dataset, Metrics

    assert issubclass(Metrics, Artifact)
    assert (Dataset.TYPE_NAME, Metrics.TYPE_NAME) == ("Dataset", "Metrics")


def test_an_executor_without_behaviour_says_so_where_it_is_chosen() -> None:
    from tfx.components.base import executor_spec
    from tfx.components.trainer.executor import Executor

    with pytest.raises(NotSupportedError, match="run_fn"):
        executor_spec.ExecutorClassSpec(Executor)
