"""File access for components: ``fileio``."""

from gristmill.dsl.io import fileio

__all__ = ["fileio"]
