"""File access for components: ``fileio``."""

import gristmill.dsl.io.fileio as fileio

__all__ = ["fileio"]
