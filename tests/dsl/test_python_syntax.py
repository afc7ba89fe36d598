"""Nodes parse their code in threads, which Python 3.11 and 3.12 cannot do at once."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gristmill.dsl.python_syntax import parse_python

SOURCE = "\n".join(
    f"def f{number}(a, b):\n    return [a + b * (a - (b + {number})) for _ in (a, b)]" for number in range(40)
)


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("frequent_switches")
def test_threads_may_parse_at_once() -> None:
    wanted = ast.dump(ast.parse(SOURCE))
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(parse_python, [SOURCE] * 64))
    assert {ast.dump(tree) for tree in trees} == {wanted}


def test_a_parser_that_another_thread_has_confused_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parse, answers = ast.parse, [SystemError("AST constructor recursion depth mismatch (before=48, after=46)"), None]

    def confused(source: str) -> ast.Module:
        error = answers.pop(0)
        if error is not None:
            raise error
        return parse(source)

    monkeypatch.setattr(ast, "parse", confused)
    assert ast.unparse(parse_python("x=1")) == "x = 1"


def test_what_is_not_python_is_not_tried_for_ever() -> None:
    with pytest.raises(SyntaxError):
        parse_python("def")
    with pytest.raises((RecursionError, MemoryError)):
        parse_python("-" * 100_000 + "1")
