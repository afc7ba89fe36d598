"""The package offers the family's names, loads them late, and says clearly what is not there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gristmill.data_validation as tfdv
from gristmill.data_validation import not_built
from gristmill.errors import NotSupportedError


@pytest.mark.parametrize("name", tfdv.__all__)
def test_every_listed_name_exists(name):
    assert getattr(tfdv, name) is not None
    assert name in dir(tfdv)


@pytest.mark.parametrize("name", not_built.__all__)
def test_names_without_behaviour_say_so_with_a_hint(name):
    with pytest.raises(NotSupportedError, match="Hint:"):
        getattr(tfdv, name)()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        tfdv.nonsense  # noqa: B018


def test_importing_all_names_loads_no_heavy_library():
    code = (
        "import sys; from gristmill.data_validation import *; "
        "sys.exit(','.join({'tensorflow', 'pandas', 'apache_beam'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
