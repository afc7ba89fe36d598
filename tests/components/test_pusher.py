"""Pusher: only what is blessed, into a new version, that plain TensorFlow can serve."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gristmill.components import Pusher
from gristmill.components.pusher import PusherExecutor
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.standard_artifacts import InfraBlessing, Model, ModelBlessing
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.io import filesystem

from .journeys import Chain, channel_of, execute, rows_of, stored


@pytest.fixture
def model(tmp_path: Path) -> Any:
    (tmp_path / "model" / "Format-Serving").mkdir(parents=True)
    (tmp_path / "model" / "Format-Serving" / "saved_model.pb").write_bytes(b"graph")
    return stored(Model, tmp_path / "model")


def blessing(folder: Path, blessed: int | None, kind: type = ModelBlessing) -> Any:
    artifact = stored(kind, folder)
    if blessed is not None:
        artifact.set_int_custom_property("blessed", blessed)
    return artifact


def pusher(folder: Path, **inputs: Any) -> BaseComponent:
    channels = {key: channel_of(artifact) for key, artifact in inputs.items()}
    return Pusher(**channels, push_destination={"filesystem": {"base_directory": str(folder / "serving")}})


def versions(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "serving").iterdir()) if (folder / "serving").exists() else []


def test_a_blessed_model_is_pushed_under_a_number(model: Any, tmp_path: Path) -> None:
    inputs = {"model": model, "model_blessing": blessing(tmp_path, 1)}
    pushed = execute(pusher(tmp_path, **inputs), tmp_path, **inputs)["pushed_model"]
    [version] = versions(tmp_path)
    assert version.isdigit()
    assert pushed.get_int_custom_property("pushed") == 1
    assert pushed.get_string_custom_property("pushed_version") == version
    assert pushed.get_string_custom_property("pushed_destination") == str(tmp_path / "serving" / version)
    assert filesystem.digest_tree(pushed.uri) == filesystem.digest_tree(str(tmp_path / "serving" / version))


def test_a_pushed_version_that_is_gone_is_pushed_again(model: Any, tmp_path: Path) -> None:
    pushed = execute(pusher(tmp_path, model=model), tmp_path, model=model)["pushed_model"]
    assert PusherExecutor.reuse_refusal({}, {"pushed_model": [pushed]}) == ""
    shutil.rmtree(tmp_path / "serving")
    refusal = PusherExecutor.reuse_refusal({}, {"pushed_model": [pushed]})
    assert refusal == f"the pushed version {pushed.get_string_custom_property('pushed_destination')} is gone"


def test_a_model_that_was_not_pushed_is_not_missed(model: Any, tmp_path: Path) -> None:
    inputs = {"model": model, "model_blessing": blessing(tmp_path, 0)}
    pushed = execute(pusher(tmp_path, **inputs), tmp_path, **inputs)["pushed_model"]
    assert PusherExecutor.reuse_refusal({}, {"pushed_model": [pushed]}) == ""


def test_without_a_blessing_as_input_the_model_is_pushed(model: Any, tmp_path: Path) -> None:
    execute(pusher(tmp_path, model=model), tmp_path, model=model)
    assert len(versions(tmp_path)) == 1


@pytest.mark.parametrize("blessed", [0, None])
@pytest.mark.parametrize("key", ["model_blessing", "infra_blessing"])
def test_a_model_that_is_not_blessed_stays(model: Any, tmp_path: Path, key: str, blessed: int | None) -> None:
    kind = ModelBlessing if key == "model_blessing" else InfraBlessing
    inputs = {"model": model, key: blessing(tmp_path, blessed, kind)}
    made = execute(pusher(tmp_path, **inputs), tmp_path, **inputs)
    assert made["pushed_model"].get_int_custom_property("pushed") == 0
    assert made.summary[0].startswith("not pushed: ")
    assert versions(tmp_path) == []


def test_a_blessing_that_is_missing_is_no_blessing(model: Any, tmp_path: Path) -> None:
    component = pusher(tmp_path, model=model, model_blessing=blessing(tmp_path, 1))
    made = execute(component, tmp_path, model=model, model_blessing=[])
    assert made.summary == ["not pushed: there is no model blessing"]
    assert versions(tmp_path) == []


def test_each_push_is_a_new_version(model: Any, tmp_path: Path) -> None:
    for _ in range(3):
        execute(pusher(tmp_path, model=model), tmp_path, model=model)
    assert len(versions(tmp_path)) == 3


def test_a_model_that_an_infra_validator_stamped_is_what_is_pushed(model: Any, tmp_path: Path) -> None:
    (tmp_path / "infra" / "stamped_model").mkdir(parents=True)
    (tmp_path / "infra" / "stamped_model" / "saved_model.pb").write_bytes(b"with warmup requests")
    infra = blessing(tmp_path / "infra", 1, InfraBlessing)
    infra.set_int_custom_property("has_model", 1)
    execute(pusher(tmp_path, infra_blessing=infra), tmp_path, infra_blessing=infra)
    [version] = versions(tmp_path)
    assert (tmp_path / "serving" / version / "saved_model.pb").read_bytes() == b"with warmup requests"


def test_an_empty_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    empty = stored(Model, tmp_path / "model")
    with pytest.raises(DataError, match="no model to push"):
        execute(pusher(tmp_path, model=empty), tmp_path, model=empty)


class Announcer(BaseExecutor):
    """Pushes nowhere."""

    def Do(self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]) -> None:
        self.context.report(f"would push to {json.loads(exec_properties['custom_config'])['queue']}")


def test_a_custom_executor_needs_no_destination(model: Any, tmp_path: Path) -> None:
    component = Pusher(
        channel_of(model), custom_config={"queue": "models"}, custom_executor_spec=ExecutorClassSpec(Announcer)
    )
    assert execute(component, tmp_path, model=model).summary == ["would push to models"]


def test_arguments_that_do_not_go_together_are_refused(model: Any) -> None:
    destination = {"filesystem": {"base_directory": "serving"}}
    with pytest.raises(ConfigError, match="needs push_destination"):
        Pusher(channel_of(model))
    with pytest.raises(ConfigError, match="'model' or 'infra_blessing'"):
        Pusher(push_destination=destination)
    with pytest.raises(NotSupportedError, match="custom_config"):
        Pusher(channel_of(model), push_destination=destination, custom_config={"a": 1})


PLAIN_TENSORFLOW = """
import json, sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
records = list(tf.data.TFRecordDataset(sys.argv[2], compression_type="GZIP").as_numpy_iterator())
outputs = model.signatures["serving_default"](examples=tf.constant(records))["outputs"]
assert not any(name.startswith("gristmill") for name in sys.modules)
print(json.dumps(outputs.numpy().ravel().tolist()))
"""


@pytest.mark.tensorflow
def test_a_pushed_model_answers_raw_rows_as_transform_and_model_do(chain: Chain, tmp_path: Path) -> None:
    """Training and serving are the same: what is served equals the model on what the saved transform makes."""
    model = chain.trainer["model"]
    execute(pusher(tmp_path, model=model), tmp_path, model=model)
    [version] = versions(tmp_path)
    [file] = Path(chain.examples.path(split="eval")).iterdir()
    command = [sys.executable, "-c", PLAIN_TENSORFLOW, str(tmp_path / "serving" / version), str(file)]
    served = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert served == pytest.approx(by_hand(chain), rel=1e-5)
    assert len(set(served)) > 50


def by_hand(chain: Chain) -> list[float]:
    """The model's own variables on raw rows through the saved transform, and on the transformed examples."""
    import tensorflow as tf

    import gristmill.io.tensors  # noqa: F401  quiets TensorFlow
    import gristmill.transform as tft
    from gristmill.io.examples import read_examples, split_shards

    function = tft.transform_function(chain.transform["transform_graph"].uri)
    [shard] = split_shards(chain.examples.uri, "eval")
    rows = [row for batch in read_examples(shard) for row in function(batch).to_pylist()]
    materialized = rows_of(chain.transform["transformed_examples"], "eval")
    assert [row["distance_xf"][0] for row in rows] == [row["distance_xf"] for row in materialized]
    saved = tf.saved_model.load(str(chain.trainer.path("model", "Format-Serving")))
    kernel, bias = sorted(saved.trainable_variables, key=lambda variable: -len(variable.shape))
    names = ("distance_xf", "kind_xf", "seats_xf")
    inputs = tf.constant([[float(row[name]) for name in names] for row in materialized])
    return list(tf.sigmoid(inputs @ kernel + bias).numpy().ravel().tolist())
