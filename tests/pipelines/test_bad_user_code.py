"""What is wrong in a user's module or component ends in one clear error that names the step, the file and the line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .command_line import Outcome, line_of, pipeline_of, run_in

TRAINER = 'trainer = Trainer(examples=gen.outputs["examples"], module_file=os.path.join(HERE, "model.py"))'
MEND = "mend it there and run it again"


def trained_by(folder: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str | bytes]) -> Outcome:
    text = pipeline_of(TRAINER, nodes="gen, trainer")
    return run_in(folder, monkeypatch, {"pipeline.py": text, **files})


# The module's files, what the message says, the place that it names (file and line), and the frames that are shown.
MODULES: dict[str, tuple[dict[str, str | bytes], list[str], str, list[str]]] = {
    "no file": ({}, ["does not exist", "modules there: pipeline.py"], "@/model.py\n", []),
    "another file": ({"modle.py": ""}, ["does not exist", "did you mean 'modle.py'?"], "@/model.py\n", []),
    "a folder": ({"model.py/x.txt": ""}, ["is a folder"], "@/model.py\n", []),
    "no function": ({"model.py": "x = 1\n"}, ["no function 'run_fn'", "define it there"], "@/model.py\n", []),
    "another function": (
        {"model.py": "def run_fun(fn_args): ...\n"},
        ["no function 'run_fn'", "did you mean 'run_fun'?"],
        "@/model.py\n",
        [],
    ),
    "no callable": ({"model.py": "run_fn = 3\n"}, ["no function 'run_fn'"], "@/model.py\n", []),
    "raises when imported": (
        {"model.py": "x = 1\nraise ValueError('boom')\n"},
        ["the module model.py failed: ValueError: boom", MEND],
        "@/model.py, line 2\n",
        ["@/model.py"],
    ),
    "syntax": (
        {"model.py": "x = 1\ndef run_fn(fn_args:\n    pass\n"},
        ["SyntaxError: '(' was never closed", "Python cannot read the file"],
        "@/model.py, line 2: 'def run_fn(fn_args:'\n",
        ["@/model.py"],
    ),
    "not UTF-8": ({"model.py": b"x = '\xff'\n"}, ["SyntaxError", "0xff"], "@/model.py", []),
    "null bytes": ({"model.py": b"x = 1\0\n"}, ["SyntaxError", "null bytes"], "@/model.py", []),
    "no such package": (
        {"model.py": "\nimport no_such_package\n"},
        ["ModuleNotFoundError", "install the package 'no_such_package', or put no_such_package.py into @"],
        "@/model.py, line 2\n",
        ["@/model.py"],
    ),
    "helper misspelt": (
        {"model.py": "import helpr\n", "helper.py": ""},
        ["No module named 'helpr'", "did you mean 'helper'?"],
        "@/model.py, line 1\n",
        ["@/model.py"],
    ),
    "helper lacks a name": (
        {"model.py": "from helper import RATEZ\n", "helper.py": "RATES = 1\n"},
        ["cannot import name 'RATEZ' from 'helper'", "did you mean 'RATES'?"],
        "@/model.py, line 1\n",
        ["@/model.py"],
    ),
    "exit when imported": (
        {"model.py": "import sys\nsys.exit(0)\n"},
        ["the module model.py failed: SystemExit: 0", "must not end the process"],
        "@/model.py, line 2\n",
        ["@/model.py"],
    ),
    "exit": (
        {"model.py": "import sys\ndef run_fn(fn_args):\n    sys.exit('over')\n"},
        ["run_fn failed: SystemExit: over", "must not end the process"],
        "@/model.py, line 3\n",
        ["@/model.py"],
    ),
    "interrupt of its own": (
        {"model.py": "def run_fn(fn_args):\n    raise KeyboardInterrupt\n"},
        ["run_fn failed: KeyboardInterrupt\n", MEND],
        "@/model.py, line 2\n",
        ["@/model.py"],
    ),
    "takes nothing": (
        {"model.py": "\ndef run_fn():\n    pass\n"},
        ["run_fn does not take what it is called with (fn_args)", "declare it as def run_fn(fn_args)"],
        "@/model.py, line 2\n",
        [],
    ),
    "takes too much": (
        {"model.py": "def run_fn(fn_args, schema):\n    pass\n"},
        ["missing a required argument: 'schema'", "declare it as def run_fn(fn_args)"],
        "@/model.py, line 1\n",
        [],
    ),
    "async": (
        {"model.py": "async def run_fn(fn_args):\n    pass\n"},
        ["async function", "declare it as def run_fn(fn_args)"],
        "@/model.py, line 1\n",
        [],
    ),
    "generator": (
        {"model.py": "def run_fn(fn_args):\n    yield 1\n"},
        ["generator function", "without yield"],
        "@/model.py, line 1\n",
        [],
    ),
    "raises in a helper": (
        {"model.py": "import helper\ndef run_fn(fn_args):\n    helper.f()\n", "helper.py": "def f():\n    1 / 0\n"},
        ["run_fn failed: ZeroDivisionError: division by zero", MEND],
        "@/helper.py, line 2\n",
        ["@/model.py", "@/helper.py"],
    ),
    "raises from another": (
        {
            "model.py": "def run_fn(fn_args):\n    try:\n        1 / 0\n    except ZeroDivisionError as error:\n"
            "        raise RuntimeError('no rate') from error\n"
        },
        ["run_fn failed: RuntimeError: no rate", MEND],
        "@/model.py, line 5\n",
        ["@/model.py", "@/model.py"],
    ),
    "argument misspelt": (
        {"model.py": "def run_fn(fn_args):\n    fn_args.serving_modeldir\n"},
        ["no attribute 'serving_modeldir'", "did you mean 'serving_model_dir'?"],
        "@/model.py, line 2\n",
        ["@/model.py"],
    ),
    "name misspelt": (
        {"model.py": "RATE = 1\ndef run_fn(fn_args):\n    return RATES\n"},
        ["NameError: name 'RATES' is not defined", "did you mean 'RATE'?"],
        "@/model.py, line 3\n",
        ["@/model.py"],
    ),
    "an error without words": (
        {
            "model.py": "class E(Exception):\n    def __str__(self):\n        raise ValueError\n"
            "def run_fn(fn_args):\n    raise E\n"
        },
        ["run_fn failed: E: (its message cannot be shown: ValueError)", MEND],
        "@/model.py, line 5\n",
        ["@/model.py"],
    ),
    "text that is no text": (
        {"model.py": "def run_fn(fn_args):\n    raise ValueError('\\udc80 \\0')\n"},
        [r"run_fn failed: ValueError: \udc80 \0", MEND],
        "@/model.py, line 2\n",
        ["@/model.py"],
    ),
    "a hint of its own": (
        {"model.py": "def run_fn(fn_args):\n    raise ValueError('too few\\n  Hint: more')\n"},
        ["run_fn failed: ValueError: too few\n", "Hint: more"],
        "@/model.py, line 2\n",
        ["@/model.py"],
    ),
    "no model": (
        {"model.py": "\ndef run_fn(fn_args):\n    return 'model'\n"},
        ["must write a model into fn_args.serving_model_dir", "model.export(fn_args.serving_model_dir)"],
        "@/model.py, line 2\n",
        [],
    ),
    "an empty folder": (
        {"model.py": "import os\ndef run_fn(fn_args):\n    os.makedirs(fn_args.serving_model_dir + '/variables')\n"},
        ["there is no file in it"],
        "@/model.py, line 2\n",
        [],
    ),
    "a model elsewhere": (
        {
            "model.py": "import pathlib\ndef run_fn(fn_args):\n"
            "    folder = pathlib.Path(fn_args.serving_model_dir).parent / 'saved'\n"
            "    folder.mkdir()\n    (folder / 'saved_model.pb').write_text('x')\n"
        },
        ["there is no file in it"],
        "@/model.py, line 2: 'it wrote saved/saved_model.pb beside it'\n",
        [],
    ),
}


@pytest.mark.parametrize("case", MODULES)
def test_a_bad_module_is_told_with_its_place(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, words, place, frames = MODULES[case]
    outcome = trained_by(tmp_path, monkeypatch, files)
    outcome.check_told_once()
    outcome.check_step_failed("Trainer")
    assert outcome.message.startswith("Trainer failed: ")
    assert f"\n  {place}" in outcome.message
    assert [word for word in words if word not in outcome.message] == []
    if frames:
        assert outcome.frames == frames


# The function, how it is called, what the message says, and the part of the file whose line it names.
COMPONENTS = {
    "raises": (
        ["@component", "def step(count: Parameter[int]):", "    raise ValueError(count)"],
        "step(count=3)",
        ["the component function step failed: ValueError: 3", MEND],
        "raise ValueError",
    ),
    "leaves": (
        ["@component", "def step(count: Parameter[int]):", "    raise SystemExit"],
        "step(count=3)",
        ["the component function step failed: SystemExit\n"],
        "raise SystemExit",
    ),
    "another key": (
        ["@component", "def step(count: Parameter[int]) -> OutputDict(rows=int):", "    return {'row': 1}"],
        "step(count=3)",
        ["must return a dict with exactly the declared keys: rows", "['row']", "return {'rows': …}"],
        "@component",
    ),
    "no dict": (
        ["@component", "def step(count: Parameter[int]) -> OutputDict(rows=int):", "    return 5"],
        "step(count=3)",
        ["must return a dict with exactly the declared keys: rows", "'5'"],
        "@component",
    ),
    "another type": (
        ["@component", "def step(count: Parameter[int]) -> OutputDict(rows=int):", "    return {'rows': 'many'}"],
        "step(count=3)",
        ["'rows' returned by step cannot be kept as Integer", "'many'", "expected int, got str"],
        "@component",
    ),
    "nothing": (
        ["@component", "def step(count: Parameter[int]) -> OutputDict(rows=int):", "    return {'rows': None}"],
        "step(count=3)",
        ["must not return None for 'rows'"],
        "@component",
    ),
    "too much": (
        ["@component", "def step(count: Parameter[int]):", "    return 5"],
        "step(count=3)",
        ["declares no returned values", ": 5\n"],
        "@component",
    ),
    "no such split": (
        ["@component", "def step(examples: InputArtifact[Examples]):", "    examples.path(split='tran')"],
        "step(examples=gen.outputs['examples'])",
        ["has no split 'tran'", "its splits are: train, eval"],
        "examples.path",
    ),
    "no such property": (
        ["@component", "def step(model: OutputArtifact[Model]):", "    model.accuracy = 3"],
        "step()",
        ["artifact type 'Model' has no property 'accuracy'", "set_string_custom_property"],
        "model.accuracy",
    ),
}


@pytest.mark.parametrize("case", COMPONENTS)
def test_a_bad_component_function_is_told_with_its_place(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, call, words, part = COMPONENTS[case]
    text = pipeline_of(*lines, f"step_ = {call}", nodes="gen, step_")
    outcome = run_in(tmp_path, monkeypatch, {"pipeline.py": text})
    outcome.check_told_once()
    outcome.check_step_failed("step")
    assert f"\n  @/pipeline.py, line {line_of(text, part)}" in outcome.message
    assert [word for word in words if word not in outcome.message] == []


def test_an_output_that_was_removed_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["@component", "def step(model: OutputArtifact[Model]):", "    os.rmdir(model.uri)"]
    text = pipeline_of(*lines, "step_ = step()", nodes="gen, step_")
    outcome = run_in(tmp_path, monkeypatch, {"pipeline.py": text})
    outcome.check_told_once()
    outcome.check_step_failed("step")
    assert "returned without writing its output 'model'" in outcome.message


def test_a_long_message_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = trained_by(
        tmp_path, monkeypatch, {"model.py": "def run_fn(fn_args):\n    raise ValueError('x' * 10**6)\n"}
    )
    outcome.check_step_failed("Trainer")
    assert len(outcome.message) < 5000
    assert "…\n  @/model.py, line 2\n" in outcome.message


def test_a_person_sees_the_same_in_a_process_of_its_own(tmp_path: Path) -> None:
    text = pipeline_of(TRAINER, nodes="gen, trainer")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("n\n1\n2\n3\n")
    (tmp_path / "pipeline.py").write_text(text)
    (tmp_path / "model.py").write_text("def run_fn(fn_args):\n    {}['rate']\n")
    command = [sys.executable, "-m", "gristmill.cli.main", "run", "pipeline.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    outcome = Outcome(tmp_path, done.returncode, done.stdout, done.stderr)
    outcome.check_told_once()
    outcome.check_step_failed("Trainer")
    assert done.stderr.replace(str(tmp_path), "@").splitlines() == [
        "Traceback (most recent call last):",
        '  File "@/model.py", line 2, in run_fn',
        "    {}['rate']",
        "    ~~^^^^^^^^",
        "KeyError: 'rate'",
        "gristmill: Trainer failed: run_fn failed: KeyError: 'rate'",
        "  @/model.py, line 2",
        "  Hint: mend it there and run it again: what is finished is reused",
    ]
