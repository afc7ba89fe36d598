"""A pipeline with the user's own modules goes on after a failure, and runs anew what an edit touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from gristmill.components import CsvExampleGen, Pusher, SchemaGen, StatisticsGen, Trainer
from gristmill.dsl.pipeline import Pipeline
from gristmill.errors import RunError
from gristmill.orchestration import LocalDagRunner, RunResult

MODULE = """
import pathlib
import content

def run_fn(fn_args):
    folder = pathlib.Path(fn_args.serving_model_dir)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_text(content.TEXT)
"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir()
        (folder / "data" / "rows.csv").write_text("n\n" + "".join(f"{number}\n" for number in range(30)))
        self.write("model.py", MODULE)
        self.write("content.py", "TEXT = 'first'\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def run(self) -> RunResult:
        generator = CsvExampleGen(str(self.folder / "data"))
        statistics = StatisticsGen(generator.outputs["examples"])
        schema = SchemaGen(statistics.outputs["statistics"])
        trainer = Trainer(
            examples=generator.outputs["examples"],
            schema=schema.outputs["schema"],
            module_file=str(self.folder / "model.py"),
        )
        destination = {"filesystem": {"base_directory": str(self.folder / "serving")}}
        pusher = Pusher(trainer.outputs["model"], push_destination=destination)
        pipeline = Pipeline(
            "own", str(self.folder / "root"), components=[generator, statistics, schema, trainer, pusher],
            enable_cache=True,
        )  # fmt: skip
        return LocalDagRunner().run(pipeline)

    def served(self) -> list[str]:
        versions = sorted((self.folder / "serving").iterdir(), key=lambda version: int(version.name))
        return [(version / "saved_model.pb").read_text() for version in versions]


def ran(result: RunResult) -> list[str]:
    return [name for name, node in result.nodes.items() if node.state.value == "complete"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_after_a_failing_trainer_only_the_rest_is_done(project: Project) -> None:
    project.write("model.py", MODULE + "    raise RuntimeError('out of luck')\n")
    with pytest.raises(RunError, match="failed: Trainer") as caught:
        project.run()
    assert "out of luck" in str(caught.value.__cause__)
    project.write("model.py", MODULE)
    assert ran(project.run()) == ["Trainer", "Pusher"]
    assert project.served() == ["first"]


def test_what_a_failed_trainer_wrote_is_gone(project: Project) -> None:
    project.write("model.py", MODULE + "    raise RuntimeError('out of luck')\n")
    with pytest.raises(RunError):
        project.run()
    left = [path for path in (project.folder / "root").rglob("*") if path.name == "saved_model.pb"]
    assert left == []


def test_an_edited_module_runs_anew_whether_named_or_imported(project: Project) -> None:
    project.run()
    assert ran(project.run()) == []
    project.write("content.py", "TEXT = 'second'\n")
    second = project.run()
    assert ran(second) == ["Trainer", "Pusher"]
    assert second.nodes["Trainer"].reason == "content.py changed"
    project.write("model.py", MODULE + "\n\n# a remark\n")
    third = project.run()
    assert third.nodes["Trainer"].reason == "model.py changed"
    assert ran(third) == ["Trainer"]  # the same model came out, so there is nothing to push
    assert project.served() == ["first", "second"]
