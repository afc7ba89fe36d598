"""``extra_options``: an argument of every method of ML Metadata's store that has no effect, there or here."""

from __future__ import annotations

__all__ = ["ExtraOptions"]


class ExtraOptions:
    """Options without effect, which ML Metadata publishes to look like a store of its makers.

    Args:
        euc: anything; nothing reads it.
    """

    def __init__(self, euc: object = None) -> None:
        pass
