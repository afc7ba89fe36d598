"""What is wrong in a pipeline file ends, before anything runs, in one clear error that names the file and the line."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from gristmill.components import StatisticsGen

from .command_line import HEAD, line_of, pipeline_of, run_in

STATISTICS = 'statistics = StatisticsGen(examples=gen.outputs["examples"])'
TRAINER = 'trainer = Trainer(examples=gen.outputs["examples"], module_file="model.py"'


def with_line(line: str, *before: str, nodes: str = "gen") -> tuple[str, str]:
    """A pipeline file, and the line of it that is wrong."""
    return pipeline_of(*before, line, nodes=nodes), line


# The file and what must be in the line that the message names (None: no line), and what the message says.
PIPELINES: dict[str, tuple[tuple[str, str | None], list[str]]] = {
    "syntax": (("x = 1\ny = (\n", "y = ("), ["pipeline.py failed: SyntaxError: '(' was never closed"]),
    "raises": (("\nraise ValueError('no')\n", "raise"), ["pipeline.py failed: ValueError: no"]),
    "imports nothing": (("import nope_at_all\n", "import"), ["install the package 'nope_at_all'"]),
    "imports a misspelt class": (
        ("from gristmill.components import StatisticGen\n", "import"),
        ["cannot import name 'StatisticGen'", "did you mean 'StatisticsGen'?"],
    ),
    "names a misspelt class": (
        ("import gristmill as tfx\ntfx.components.StatisticGen()\n", "StatisticGen"),
        ["did you mean 'StatisticsGen'?"],
    ),
    "no pipeline": ((HEAD, None), ["runs no pipeline and defines none", "define `pipeline`"]),
    "no Pipeline": ((HEAD + "pipeline = [gen]\n", None), ["`pipeline` is a list"]),
    "create_pipeline takes more": (
        ("def create_pipeline(root):\n    pass\n", "def"),
        ["create_pipeline does not take what it is called with (no arguments)", "declare it as def create_pipeline()"],
    ),
    "create_pipeline returns nothing": (
        ("def create_pipeline():\n    pass\n", "def"),
        ["create_pipeline() must return a Pipeline", "return Pipeline(…)"],
    ),
    "a cycle": (
        (pipeline_of(STATISTICS, "gen.add_upstream_node(statistics)", nodes="gen, statistics"), "pipeline = "),
        ["CsvExampleGen → StatisticsGen → CsvExampleGen", "remove one of these connections"],
    ),
    "an id twice": (
        (pipeline_of('other = CsvExampleGen("data")', nodes="gen, other"), "pipeline = "),
        ["two nodes of pipeline 'own' have the id 'CsvExampleGen'", ".with_id("],
    ),
    "an id that is no folder": (with_line('gen.with_id("a/b")'), ["name of a folder", "'a/b'"]),
    "another type of channel": (
        with_line('schema = SchemaGen(statistics=gen.outputs["examples"])'),
        ["SchemaGen: 'statistics' must be a channel of ExampleStatistics, not of Examples"],
    ),
    "a node for a channel": (
        with_line("statistics = StatisticsGen(examples=gen)"),
        ["StatisticsGen: 'examples' must be a channel of Examples", "pass <node>.outputs['…']"],
    ),
    "no input": (with_line("statistics = StatisticsGen()"), ["StatisticsGen needs 'examples'", "pass examples=…"]),
    "an empty input": (
        with_line("statistics = StatisticsGen(examples=None)"),
        ["StatisticsGen needs the input 'examples', a channel of Examples"],
    ),
    "a misspelt parameter": (
        with_line('statistics = StatisticsGen(exmaples=gen.outputs["examples"])'),
        ["StatisticsGen has no parameter 'exmaples'", "did you mean 'examples'?"],
    ),
    "too many arguments": (with_line("other = StatisticsGen(*[1] * 20)"), ["StatisticsGen", "its parameters are: "]),
    "a misspelt output": (
        with_line('statistics = StatisticsGen(examples=gen.outputs["exmaples"])'),
        ["CsvExampleGen has no output 'exmaples'", "did you mean 'examples'?"],
    ),
    "a number for a path": (
        with_line("other = CsvExampleGen(input_base=5)"),
        ["parameter 'input_base' must be of type str", ": 5\n", "this is of type int"],
    ),
    "a text for a list of splits": (
        with_line('statistics = StatisticsGen(examples=gen.outputs["examples"], exclude_splits="eval")'),
        ["StatisticsGen: parameter 'exclude_splits' must be JSON", "'eval'"],
    ),
    "a misspelt field": (
        with_line(TRAINER + ', train_args={"num_stepz": 3})'),
        ["parameter 'train_args'", "num_stepz", "the fields are: splits, num_steps"],
    ),
    "no JSON value": (
        with_line(TRAINER + ', custom_config={"a": {1, 2}})'),
        ["parameter 'custom_config' must be a JSON value", "set"],
    ),
    "no module": (with_line('trainer = Trainer(examples=gen.outputs["examples"])'), ["pass module_file='model.py'"]),
    "an EvalConfig with a misspelt field": (
        with_line(
            'judge = Evaluator(gen.outputs["examples"], trainer.outputs["model"], eval_config="model_specs{lable: 5}")',
            TRAINER + ")",
        ),
        ['no field named "lable"', "the fields are model_specs"],
    ),
    "an EvalConfig that is a number": (
        with_line('judge = Evaluator(gen.outputs["examples"], trainer.outputs["model"], eval_config=5)', TRAINER + ")"),
        ["parameter 'eval_config' must be an object of EvalConfig", ": 5\n"],
    ),
    "a node that is not listed": (
        (pipeline_of(STATISTICS, nodes="statistics"), "pipeline = "),
        ["StatisticsGen needs CsvExampleGen, which is not among the components"],
    ),
    "a class for a node": (
        (pipeline_of(nodes="gen, StatisticsGen"), "pipeline = "),
        ["must be nodes", "their classes"],
    ),
    "a list in the list": ((pipeline_of(nodes="[gen]"), "pipeline = "), ["must be nodes"]),
    "no list": (
        with_line('pipeline = Pipeline("own", "root", components=gen)'),
        ["must be a list of nodes", "components=[…]"],
    ),
    "a misspelt parameter of the pipeline": (
        with_line('pipeline = Pipeline("own", "root", component=[gen])'),
        ["Pipeline has no parameter 'component'", "did you mean 'components'?"],
    ),
    "no name": (with_line('pipeline = Pipeline("", "root", components=[gen])'), ["1 to 63 characters"]),
    "an unannotated parameter": (
        with_line("def step(count): pass", "@component"),
        ["the parameter 'count' of a component function needs an annotation"],
    ),
    "an artifact as a parameter": (
        with_line("def step(count: Parameter[Model]): pass", "@component"),
        ["Parameter takes int", "InputArtifact[…]"],
    ),
    "a number as a result": (
        with_line("def step(count: Parameter[int]) -> int: pass", "@component"),
        ["returns None, or a dict", "-> OutputDict(rows=int)"],
    ),
}
_AT_DECORATOR = ("an unannotated parameter", "an artifact as a parameter", "a number as a result")


@pytest.mark.parametrize("case", PIPELINES)
def test_a_bad_pipeline_is_told_with_its_line(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text, part), words = PIPELINES[case]
    outcome = run_in(tmp_path, monkeypatch, {"pipeline.py": text})
    outcome.check_told_once()
    assert [word for word in words if word not in outcome.message] == [], outcome.message
    line = None if part is None else line_of(text, part) - (case in _AT_DECORATOR)
    place = "@/pipeline.py" if line is None else f"@/pipeline.py, line {line}"
    assert place in outcome.message, outcome.message
    assert not (tmp_path / "root").exists()


def test_a_root_that_is_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_in(tmp_path, monkeypatch, {"pipeline.py": pipeline_of(nodes="gen"), "root": "mine"})
    outcome.check_told_once()
    assert "@/root/metadata.sqlite cannot be opened: cannot write: something of that name is there" in outcome.message
    assert (tmp_path / "root").read_text() == "mine"


def test_a_class_still_tells_the_signature_of_its_init() -> None:
    assert next(iter(inspect.signature(StatisticsGen).parameters)) == "examples"
