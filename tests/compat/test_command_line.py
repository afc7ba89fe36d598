"""``gristmill run --tfx-compat`` runs a project that is written against TFX alone, with components of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GRISTMILL = Path(sys.executable).parent / "gristmill"

EXECUTOR = """
import os

from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import io_utils, json_utils


class Executor(base_executor.BaseExecutor):

  def Do(self, input_dict, output_dict, exec_properties):
    uri = artifact_utils.get_single_uri(output_dict[standard_component_specs.MODEL_KEY])
    config = json_utils.loads(exec_properties['custom_config'])
    io_utils.write_string_file(os.path.join(uri, 'model.txt'), config['text'])
"""
COMPONENT = """
from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from tfx.utils import json_utils

import my_executor


class WriterSpec(ComponentSpec):
  PARAMETERS = {'custom_config': ExecutionParameter(type=str)}
  INPUTS = {}
  OUTPUTS = {'model': ChannelParameter(type=standard_artifacts.Model)}


class Writer(base_component.BaseComponent):
  SPEC_CLASS = WriterSpec
  EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(my_executor.Executor)

  def __init__(self, config):
    model = types.Channel(type=standard_artifacts.Model)
    super().__init__(WriterSpec(custom_config=json_utils.dumps(config), model=model))
"""
PIPELINE = """
import os

from tfx import v1 as tfx
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputDict
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration import metadata, pipeline
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.types import standard_artifacts

from my_component import Writer


@component
def measure(model: InputArtifact[standard_artifacts.Model]) -> OutputDict(length=int):
  return {'length': os.path.getsize(os.path.join(model.uri, 'model.txt'))}


def create_pipeline(root):
  writer = Writer({'text': 'grist'})
  return pipeline.Pipeline(
      pipeline_name='family',
      pipeline_root=root,
      components=[writer, measure(model=writer.outputs['model'])],
      metadata_connection_config=metadata.sqlite_metadata_connection_config(os.path.join(root, 'metadata.db')))


if __name__ == '__main__':
  LocalDagRunner().run(create_pipeline(os.path.abspath('root')))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "my_executor.py").write_text(EXECUTOR)
    (tmp_path / "my_component.py").write_text(COMPONENT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    return tmp_path


def gristmill(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(GRISTMILL), *arguments]
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=project, capture_output=True, text=True, env=variables, check=False)


def states(project: Path) -> dict[str, str]:
    done = gristmill(project, "run", "--tfx-compat", "--json", "pipeline.py")
    assert done.returncode == 0, done.stderr
    return {node["id"]: node["state"] for node in json.loads(done.stdout)["nodes"]}


def test_a_project_for_tfx_runs_and_its_steps_are_reused_until_its_code_changes(project: Path) -> None:
    assert states(project) == {"Writer": "complete", "measure": "complete"}
    assert states(project) == {"Writer": "cached", "measure": "cached"}
    (project / "my_executor.py").write_text(EXECUTOR.replace("config['text']", "config['text'].upper()"))
    assert states(project)["Writer"] == "complete"
    models = (project / "root" / "Writer" / "model").glob("*/model.txt")
    assert sorted(model.read_text() for model in models) == ["GRIST", "grist"]


def test_without_the_option_the_error_names_it(project: Path) -> None:
    done = gristmill(project, "run", "pipeline.py")
    assert done.returncode == 1
    assert "gristmill run --tfx-compat" in done.stderr


def test_real_packages_stop_it_unless_it_is_asked_to_go_before_them(project: Path) -> None:
    real = project / "elsewhere"
    (real / "tfx").mkdir(parents=True)
    (real / "tfx" / "__init__.py").write_text("")
    refused = gristmill(project, "run", "--tfx-compat", "pipeline.py", PYTHONPATH=str(real))
    assert refused.returncode == 1
    assert "real packages of the TFX family are installed here: tfx" in refused.stderr
    assert "--tfx-shadow" in refused.stderr
    done = gristmill(project, "run", "--tfx-shadow", "pipeline.py", PYTHONPATH=str(real))
    assert done.returncode == 0, done.stderr
