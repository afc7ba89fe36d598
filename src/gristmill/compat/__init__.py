"""The TFX family's import names, on request: code that imports ``tfx`` or ``tensorflow_transform`` runs as it is.

    import gristmill.compat
    gristmill.compat.install()

    from tfx import v1 as tfx               # gristmill
    import tensorflow_transform as tft      # gristmill.transform; loaded when it is first used

In a notebook, ``%load_ext gristmill.compat`` does the same; on the command line, ``gristmill run --tfx-compat``.
Importing this package alone changes nothing.
"""

from __future__ import annotations

from gristmill.compat.installation import install, load_ipython_extension, uninstall

__all__ = ["install", "load_ipython_extension", "uninstall"]
