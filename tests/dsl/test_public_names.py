"""The names that TFX users import resolve, lazily."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import gristmill as tfx
from gristmill.errors import DataError
from gristmill.proto import pusher_pb2

NAMES = {
    "dsl": "Artifact Channel Cond ExecutionMode Importer Pipeline Resolver components experimental io placeholders "
    "standard_annotations",
    "dsl.components": "AsyncOutputArtifact BeamComponentParameter InputArtifact OutputArtifact OutputDict Parameter "
    "component",
    "dsl.experimental": "LatestArtifactStrategy LatestBlessedModelStrategy ResolverStrategy RuntimeParameter "
    "SpanRangeStrategy create_container_component",
    "dsl.placeholders": "exec_property execution_invocation input output",
    "dsl.io.fileio": "copy exists glob isdir listdir makedirs mkdir open remove rename rmtree stat walk NotFoundError "
    "PathType",
    "dsl.standard_annotations": "Dataset Model Statistics Metrics Train Transform Process Evaluate Deploy",
    "types": "standard_artifacts BaseBeamComponent BaseChannel BaseComponent BaseFunctionalComponent "
    "BaseFunctionalComponentFactory BaseNode",
    "proto": "ModelSpec DataSpec OutputExampleSpec OutputColumnsSpec ClassifyOutput RegressOutput PredictOutput "
    "PredictOutputCol DistributionValidatorConfig FeatureComparator FeatureSlicingSpec SingleSlicingSpec "
    "ExampleDiffConfig PairedExampleSkew CustomConfig Input Output SplitConfig PayloadFormat ServingSpec "
    "ValidationSpec "
    "TensorFlowServing LocalDockerConfig KubernetesConfig PodOverrides EnvVar EnvVarSource SecretKeySelector "
    "RequestSpec "
    "TensorFlowServingRequestSpec PushDestination Versioning RangeConfig RollingRange StaticRange TrainArgs EvalArgs "
    "SplitsConfig TuneArgs orchestration",
    "proto.orchestration": "RunState",
    "testing": "Channel",
    "utils": "JsonableType parse_pbtxt_file",
}


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in NAMES.items() for n in names.split()])
def test_a_published_name_resolves(module: str, name: str) -> None:
    place = importlib.import_module(f"gristmill.{module}")
    assert getattr(place, name) is not None
    assert name in place.__all__


@pytest.mark.parametrize("module", ["", "dsl", "proto", "testing"])
def test_an_unknown_name_is_an_attribute_error(module: str) -> None:
    place = importlib.import_module(f"gristmill.{module}".rstrip("."))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = place.no_such_name


def test_the_package_gives_its_parts_on_first_use() -> None:
    assert tfx.dsl.Pipeline("p").id == "p"
    assert tfx.__version__.count(".") == 2
    assert {"dsl", "types", "proto"} <= set(dir(tfx))
    script = "import sys, gristmill; print([n for n in ('google.protobuf', 'pyarrow', 'fsspec') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_text_file_is_parsed_or_the_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "push.pbtxt"
    path.write_text('filesystem {\n  base_directory: "/serving"\n}\n')
    message = tfx.utils.parse_pbtxt_file(str(path), pusher_pb2.PushDestination())
    assert message.filesystem.base_directory == "/serving"
    path.write_text("filesystem {\n  base: 3\n}\n")
    with pytest.raises(DataError, match="holds no PushDestination") as caught:
        tfx.utils.parse_pbtxt_file(str(path), pusher_pb2.PushDestination())
    assert caught.value.place is not None
    assert caught.value.place.line == 2


def test_a_testing_channel_stands_for_an_input() -> None:
    channel = tfx.testing.Channel(tfx.types.standard_artifacts.Model, artifact_ids=[3])
    assert (channel.type_name, channel.artifact_ids) == ("Model", [3])


def test_files_are_copied_renamed_listed_and_removed(tmp_path: Path) -> None:
    fileio = tfx.dsl.io.fileio
    first, second = str(tmp_path / "a" / "x.txt"), str(tmp_path / "a" / "y.txt")
    with pytest.raises(fileio.NotFoundError):
        fileio.mkdir(str(tmp_path / "no" / "folder"))
    fileio.makedirs(str(tmp_path / "a" / "b"))
    fileio.mkdir(str(tmp_path / "a" / "c"))
    with fileio.open(first, "w") as stream:
        stream.write("hello")
    fileio.copy(first, second)
    with pytest.raises(FileExistsError):
        fileio.copy(first, second)
    with pytest.raises(FileExistsError):
        fileio.rename(first, second)
    fileio.rename(first, second, overwrite=True)
    assert not fileio.exists(first)
    with fileio.open(second) as stream:
        assert stream.read() == "hello"
    assert fileio.stat(second).size == 5
    assert fileio.listdir(str(tmp_path / "a")) == ["b", "c", "y.txt"]
    assert fileio.glob(str(tmp_path / "a" / "*.txt")) == [second]
    assert fileio.isdir(str(tmp_path / "a" / "b"))
    assert list(fileio.walk(str(tmp_path / "a"))) == [
        (str(tmp_path / "a"), ["b", "c"], ["y.txt"]),
        (str(tmp_path / "a" / "b"), [], []),
        (str(tmp_path / "a" / "c"), [], []),
    ]
    fileio.remove(second)
    for refused, error in ((second, FileNotFoundError), (str(tmp_path / "a"), IsADirectoryError)):
        with pytest.raises(error):
            fileio.remove(refused)
    fileio.rmtree(str(tmp_path / "a"))
    with pytest.raises(FileNotFoundError):
        fileio.rmtree(str(tmp_path / "a"))


def test_files_may_be_in_memory() -> None:
    fileio = tfx.dsl.io.fileio
    with fileio.open("memory://fileio/x", "wb") as stream:
        stream.write(b"1")
    assert fileio.exists("memory://fileio/x")
    fileio.rmtree("memory://fileio")
