"""A name that nobody knows is refused as Python refuses it, with a proposal; one without behaviour says so on use."""

from __future__ import annotations

import importlib
import importlib.util

import pytest

from gristmill.errors import NotSupportedError

pytestmark = pytest.mark.usefixtures("family")


@pytest.mark.parametrize(
    ("statement", "proposal"),
    [
        ("from tfx.components import CsvExampleGn", "did you mean 'CsvExampleGen'?"),
        ("from tfx.orchestration import metadta", "did you mean 'metadata'?"),
        ("import tfx.componets", "did you mean 'components'?"),
        ("from tfx.utils.io_utils import read_string", "did you mean 'read_string_file'?"),
        ("import ml_metadata.metdata_store", "did you mean 'metadata_store'?"),
    ],
)
def test_an_unknown_name_in_an_import_is_an_import_error_with_a_proposal(statement: str, proposal: str) -> None:
    with pytest.raises(ModuleNotFoundError) as raised:
        run(statement)
    assert proposal in str(raised.value)


def test_an_unknown_attribute_is_an_attribute_error_with_a_proposal() -> None:
    import tfx.components

    assert not hasattr(tfx.components, "Trainr")
    with pytest.raises(AttributeError, match=r"'tfx.components' has no attribute 'Trainr'; did you mean 'Trainer'\?"):
        tfx.components.Trainr  # noqa: B018 - the access is the test


def test_what_python_asks_every_module_for_is_plainly_not_there() -> None:
    import tfx.v1

    for name in ("__file__", "__wrapped__", "__warningregistry__", "__bases__"):
        assert not hasattr(tfx.v1, name)


def test_a_package_out_of_scope_is_an_import_error_with_the_reason() -> None:
    with pytest.raises(ImportError, match=r"(?s)airflow has no counterpart in gristmill: .*gristmill run pipeline.py"):
        run("from tfx.orchestration.airflow import airflow_dag_runner")
    with pytest.raises(ImportError, match="no counterpart"):
        run("from tfx.orchestration import airflow")


def test_a_name_without_behaviour_can_be_derived_from_and_annotated_with() -> None:
    from tfx.components.example_gen.base_example_gen_executor import BaseExampleGenExecutor

    class Executor(BaseExampleGenExecutor):
        def GetInputSourceToExamplePTransform(self) -> None:  # noqa: N802 - the family's name
            """Never called."""

    def build(executor: BaseExampleGenExecutor | None = None) -> None:
        assert executor is None

    build()
    with pytest.raises(NotSupportedError, match=r"(?s)BaseExampleGenExecutor has no counterpart.*write a component"):
        Executor()
    with pytest.raises(NotSupportedError, match="BaseExampleGenExecutor"):
        Executor.Anything  # noqa: B018 - the access is the test
    assert not hasattr(Executor, "__wrapped__")


def test_modules_are_told_apart_by_find_spec() -> None:
    assert importlib.util.find_spec("tfx.components") is not None
    with pytest.raises(ModuleNotFoundError):
        importlib.util.find_spec("tfx.nothing")


def run(statement: str) -> None:
    """An import statement, as the interpreter does it."""
    words = statement.split()
    if words[0] == "import":
        __import__(words[1])
        return
    module = __import__(words[1], fromlist=[words[3]])
    getattr(module, words[3])
