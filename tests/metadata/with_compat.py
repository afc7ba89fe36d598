"""Runs a script with our packages under the original's names: ``with_compat.py SCRIPT ARGUMENTS…``."""

import runpy
import sys

import gristmill.compat

if __name__ == "__main__":
    gristmill.compat.install()
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
