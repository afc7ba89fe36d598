"""What no source of this repository may do: unpickle, evaluate, unpack, run a shell, or build a path past its root.

Artifacts, data and the metadata store are written by others. Each rule reads the syntax trees of the package (its
templates too), the benchmarks and the scripts. Whoever needs an exception writes it below, with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent

# Modules whose very purpose is to run, or to build objects from, bytes that somebody else may have written.
BANNED_MODULES = {
    "pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "shelve",  # run code
    "apache_beam.internal.pickler", "apache_beam.internal.cloudpickle_pickler", "apache_beam.internal.dill_pickler",
    "code", "codeop", "runpy", "imp",  # evaluate
    "tarfile", "zipfile", "zipimport",  # unpack to wherever their entries say
    "xml", "lxml", "html5lib",  # entities that expand for ever, or read files
    "torch", "sklearn.externals",  # their loaders unpickle
}  # fmt: skip

# Calls by their dotted name, as written after the imports of the module are resolved.
BANNED_CALLS = {
    "eval", "exec", "compile", "__import__",
    "builtins.eval", "builtins.exec", "builtins.compile",
    "os.system", "os.popen", "os.startfile", "pty.spawn", "commands.getoutput",
    "subprocess.getoutput", "subprocess.getstatusoutput",
    "shutil.unpack_archive", "tempfile.mktemp",
    "yaml.load", "yaml.full_load", "yaml.unsafe_load", "yaml.load_all",
    "pandas.read_pickle", "pd.read_pickle", "torch.load", "joblib.load", "numpy.fromregex",
    "importlib.machinery.SourcelessFileLoader",
}  # fmt: skip

# Arguments that turn a harmless call into a harmful one; None stands for any value that is no literal.
BANNED_ARGUMENTS = {
    "shell": (True, None), "allow_pickle": (True, None), "safe_mode": (False, None), "unsafe": (True, None),
    "autoescape": (False, None), "verify": (False, None), "enable_unsafe_deserialization": (True, None),
}  # fmt: skip

# Calls that are safe only with this argument.
NEEDED_ARGUMENTS = {"jinja2.Environment": "autoescape", "keras.saving.load_model": "safe_mode"}

EXCEPTIONS = {
    ("benchmarks/harness/revisions.py", "tarfile"):
        "unpacks what git has just packed of this repository, with the filter that keeps every entry below the folder",
    ("src/gristmill/engine/beam/shipping.py", "apache_beam.internal.pickler"):
        "Beam ships code to its workers as pickles; only bytes of the SHA-256 that the job itself sent are unpickled",
    ("src/gristmill/model_analysis/models/carried_metrics.py", "zipfile"):
        "a .keras file is a zip archive; one member is read into memory, of a size that is checked before",
    ("src/gristmill/orchestration/interactive/export.py", "compile"):
        "checks the syntax of code that was just generated; the result is thrown away, nothing runs",
}  # fmt: skip

# Who makes paths without filesystem.join, and why the parts are not names that others chose.
OWN_PATHS = {
    "src/gristmill/io/filesystem.py": "is the function that all others use",
    "src/gristmill/cli/report.py": "file name of a report, from which everything but letters and digits was removed",
    "src/gristmill/cli/template.py": "copies files of this package, under their names, to a folder that a person names",
    "src/gristmill/dsl/placeholder/functions.py": "the pipeline author joins path segments; what reads them is checked",
    "src/gristmill/dsl/user_project.py": "looks for the modules that the user's own code imports",
    "src/gristmill/dsl/user_sources.py": "writes the user's modules under names that were derived from dotted names",
    "src/gristmill/testing/engine.py": "names of its own in the folder of a test",
}


def sources() -> list[Path]:
    folders = ("src/gristmill", "benchmarks", "scripts")
    found = [path for folder in folders for path in (CHECKOUT / folder).rglob("*.py")]
    return sorted(path for path in found if not path.name.endswith("_pb2.py"))


def place_of(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


Nodes = Sequence[ast.AST]


@cache
def nodes_of(path: Path) -> Nodes:
    return parsed(path.read_text(encoding="utf-8"))


def parsed(source: str) -> Nodes:
    return list(ast.walk(ast.parse(source)))


def imported(nodes: Nodes) -> Iterator[tuple[str, str]]:
    """What is imported: the name it gets, and the dotted name that it stands for."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
                yield alias.name, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """The full name of what an expression names; empty for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        before = dotted(node.value, names)
        return f"{before}.{node.attr}" if before else f"?.{node.attr}"
    return ""


def calls(nodes: Nodes) -> Iterator[tuple[str, ast.Call]]:
    names = dict(imported(nodes))
    for node in nodes:
        if isinstance(node, ast.Call):
            yield dotted(node.func, names), node


def is_literal(node: ast.expr | None, value: object) -> bool:
    """Whether an argument is this literal; whether it is no literal at all, where the value is None."""
    return node is not None and (node.value if isinstance(node, ast.Constant) else None) == value


def dangers(nodes: Nodes) -> Iterator[str]:
    """Everything in a module that the rules forbid."""
    for _, name in imported(nodes):
        parts = name.split(".")
        yield from {".".join(parts[:n]) for n in range(1, len(parts) + 1)} & BANNED_MODULES
        if name in BANNED_CALLS:
            yield name
    for name, call in calls(nodes):
        if name in BANNED_CALLS:
            yield name
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        unpacks = name.endswith((".extractall", ".unpack_archive"))
        if unpacks and not is_literal(given.get("filter"), "data"):  # the filter that keeps below the folder, PEP 706
            yield name
        for argument, banned in BANNED_ARGUMENTS.items():
            if argument in given and any(is_literal(given[argument], value) for value in banned):
                yield f"{name}({argument}=…)"
        if name in NEEDED_ARGUMENTS and NEEDED_ARGUMENTS[name] not in given:
            yield f"{name} without {NEEDED_ARGUMENTS[name]}"


def test_nothing_unpickles_evaluates_unpacks_or_runs_a_shell() -> None:
    used = {(place_of(path), danger) for path in sources() for danger in dangers(nodes_of(path))}
    assert used == set(EXCEPTIONS), "an exception needs a reason in EXCEPTIONS, and one that is not needed must go"


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads as read",
        "import xml.etree.ElementTree as tree",
        "from apache_beam.internal import pickler",
        "eval('1')",
        "import builtins; builtins.exec('')",
        "from os import system",
        "import os as o; o.system('ls')",
        "import subprocess; subprocess.run('ls', shell=True)",
        "import subprocess; subprocess.run('ls', shell=flag)",
        "import numpy as np; np.load(path, allow_pickle=True)",
        "import shutil; shutil.unpack_archive(path)",
        "archive.extractall()",
        "archive.extractall(folder, filter='fully_trusted')",
        "import yaml; yaml.load(text)",
        "import tempfile; tempfile.mktemp()",
        "from jinja2 import Environment; Environment()",
        "from jinja2 import Environment; Environment(autoescape=False)",
        "import keras; keras.saving.load_model(path)",
        "import keras; keras.saving.load_model(path, safe_mode=False)",
    ],
)
def test_the_rule_sees_a_danger_however_it_is_written(line: str) -> None:
    assert list(dangers(parsed(line)))


@pytest.mark.parametrize(
    "line",
    [
        "import re; re.compile(x)",
        "model.compile()",
        "np.load(path, allow_pickle=False)",
        "import json; json.loads(x)",
        "archive.extractall(folder, filter='data')",
    ],
)
def test_the_rule_leaves_harmless_calls_alone(line: str) -> None:
    assert not list(dangers(parsed(line)))


FOLDERS = ("folder", "dir", "directory", "root", "path", "base", "uri", "location", "parent", "here")


def is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.strip("_").isupper())


def names_a_folder(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.lower().rpartition("_")[2] in FOLDERS


def path_joins(nodes: Nodes) -> Iterator[int]:
    """Lines that put a path together from parts that are not all constants, without ``filesystem.join``."""
    has_paths = any(name.startswith("pathlib") for _, name in imported(nodes))
    for name, call in calls(nodes):
        joins = name in ("os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePosixPath")
        of_path = name.endswith(".joinpath")
        parts = [part for number, part in enumerate(call.args) if number or of_path or isinstance(part, ast.Starred)]
        if (joins or of_path) and not all(is_constant(part) for part in parts):
            yield call.lineno
    for node in nodes:
        divides = has_paths and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        if divides and not is_constant(node.right) and not is_constant(node.left):
            yield node.lineno
        if isinstance(node, ast.JoinedStr):
            yield from (node.lineno for _ in folder_and_name(node))


def folder_and_name(text: ast.JoinedStr) -> Iterator[ast.expr]:
    """Where an f-string says ``{folder}/{name}``."""
    for before, between, after in zip(text.values, text.values[1:], text.values[2:], strict=False):
        joined = isinstance(between, ast.Constant) and between.value == "/" and isinstance(after, ast.FormattedValue)
        if joined and isinstance(before, ast.FormattedValue) and names_a_folder(before.value):
            yield after


def test_paths_are_joined_by_the_one_function_that_refuses_to_leave_its_root() -> None:
    ours = [path for path in sources() if "/gristmill/" in place_of(path) and "/templates/" not in place_of(path)]
    found = {place_of(path): sorted(set(path_joins(nodes_of(path)))) for path in ours}
    others = {f"{place}, line {line}" for place, lines in found.items() for line in lines if place not in OWN_PATHS}
    assert not others, "use filesystem.join, or give a reason in OWN_PATHS"
    assert not [place for place in OWN_PATHS if not found[place]], "these are not needed any more"


@pytest.mark.parametrize(
    "line",
    [
        "import os; os.path.join(root, name)",
        "from os.path import join; join(root, 'a', name)",
        "from pathlib import Path; Path(root, name)",
        "from pathlib import Path; Path(root) / name",
        "path.joinpath(name)",
        "f'{folder}/{name}'",
        "f'{self.output_dir}/{name}.txt'",
    ],
)
def test_the_rule_sees_a_path_however_it_is_made(line: str) -> None:
    assert list(path_joins(parsed(line)))
