"""Every line of the tables leads somewhere."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from gristmill.compat.absent_name import is_absent
from gristmill.compat.tables import TABLES
from gristmill.errors import NotSupportedError

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("family")]

PACKAGES = sorted(TABLES)
ABSENT = [
    pytest.param(module, name, id=f"{module}.{name}")
    for table in TABLES.values()
    for module, names in table.absent.items()
    for name in names
]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_listed_module_imports_and_has_what_it_lists(package: str) -> None:
    if package == "tfx_bsl":
        pytest.importorskip("apache_beam")
    for name in sorted(TABLES[package].known_modules):
        module = importlib.import_module(name)
        for member in module.__all__:
            getattr(module, member)  # raises AttributeError


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_works_is_not_listed_as_absent(package: str) -> None:
    table = TABLES[package]
    works = [f"{module}.{name}" for module, names in table.absent.items() for name in names if table.find(module, name)]
    assert works == []


@pytest.mark.parametrize(("module", "name"), ABSENT)
def test_an_absent_name_imports_and_says_on_use_what_to_use_instead(module: str, name: str) -> None:
    value = getattr(importlib.import_module(module), name)
    assert is_absent(value)
    with pytest.raises(NotSupportedError, match=rf"(?s){re.escape(module)}\.{name} .*Hint: \w"):
        value("any", thing=1)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_out_of_scope_is_refused_with_a_reason(package: str) -> None:
    table = TABLES[package]
    for module in table.out_of_scope:
        if module not in table.known_modules:
            with pytest.raises(ImportError, match="no counterpart in gristmill: "):
                importlib.import_module(module)
        with pytest.raises(ImportError, match="no counterpart in gristmill: "):
            importlib.import_module(f"{module}.some_inner_module")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("page", "package", "pattern"),
    [
        ("tft.md", "tensorflow_transform", r"`tft.__all__`: (.*?)\. Reachable"),
        ("tft.md", "tensorflow_transform.experimental", r"`tft.experimental`: (.*?)\.\n"),
        ("tft.md", "tensorflow_transform.beam", r"\(`tensorflow_transform.beam`\): (.*?);"),
        ("mlmd.md", "ml_metadata", r"`ml_metadata` \(`mlmd`\) \| `__all__` = (.*?);"),
        ("tfma.md", "tensorflow_model_analysis", r"\* Functions: `(.*?)`"),
        ("tfma.md", "tensorflow_model_analysis", r"\* Beam transforms: `(.*?)`"),
        ("tfma.md", "tensorflow_model_analysis", r"\* Types: `(.*?)`"),
        ("tfma.md", "tensorflow_model_analysis", r"\* Proto messages listed in `__all__` \(`(.*?)`\)"),
        ("tfma.md", "tensorflow_model_analysis", r"\* Submodules: `(.*?)`"),
    ],
)
def test_the_libraries_public_names_resolve(page: str, package: str, pattern: str, shared: Path) -> None:
    text = (shared / "reference" / "api" / page).read_text(encoding="utf-8")
    [listed] = re.findall(pattern, text, re.DOTALL)
    module = importlib.import_module(package)
    names = re.findall(r"[A-Za-z_]\w+", listed)
    assert names
    for name in names:
        getattr(module, name)


@pytest.mark.shared
def test_data_validation_s_public_names_resolve(shared: Path) -> None:
    import tensorflow_data_validation as tfdv

    text = (shared / "reference" / "api" / "tfdv.md").read_text(encoding="utf-8")
    table = text.partition("\n## 1. ")[2].partition("\n## 2. ")[0]
    quoted = re.findall(r"`([A-Za-z]\w+)(?:\([^`]*\)|\.\{[^`]*\})?`", table)
    assert len(quoted) > 40
    for name in set(quoted) - {"from_string"}:  # a method
        getattr(tfdv, name)
