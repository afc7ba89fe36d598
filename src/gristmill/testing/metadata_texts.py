"""The part of the metadata store's suite about texts that are none: halves of surrogate pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gristmill.metadata import ListOptions, MetadataStore, errors

__all__ = ["TextSuite"]

_HALVES = ("\ud800", "models/\udcff")  # the second as Python reads the byte 0xff in a file's name

_OF_EACH_KIND: Mapping[str, Callable[[str], tuple[Any, ...]]] = {
    "get_{}_type": lambda text: (text,),
    "get_{}_type of version": lambda text: ("Model", text),
    "get_{}_types_by_external_ids": lambda text: (["x", text],),
    "get_{}s": lambda text: (ListOptions(filter_query=f"name = '{text}'"),),
    "get_{}s_by_external_ids": lambda text: (["x", text],),
    "get_{}s_by_type": lambda text: (text,),
    "get_{}s_by_type of version": lambda text: ("Model", text),
    "get_{}_by_type_and_name": lambda text: (text, "name"),
    "get_{}_by_type_and_name of name": lambda text: ("Model", text),
    "get_{}_by_type_and_name of version": lambda text: ("Model", "name", text),
    "put_{}s": lambda text: ([], [f"properties.{text}"]),
}
_CALLS = {
    call.format(kind): arguments
    for call, arguments in _OF_EACH_KIND.items()
    for kind in ("artifact", "execution", "context")
} | {
    "get_artifacts_by_uri": lambda text: (text,),
    "get_artifacts_by_context": lambda text: (1, ListOptions(filter_query=text)),
    "get_executions_by_context": lambda text: (1, ListOptions(filter_query=text)),
}
"""Every method that takes a text, by its name and what the text is; the messages refuse such texts by themselves."""


class TextSuite:
    """Inherited by ``MetadataStoreSuite``, which has the fixtures."""

    def test_half_a_surrogate_pair_is_refused_with_a_hint(self, store: MetadataStore) -> None:
        for call, arguments in _CALLS.items():
            for text in _HALVES:
                with pytest.raises(errors.InvalidArgumentError, match=r"half of a surrogate pair(.|\n)*Hint: "):
                    getattr(store, call.partition(" ")[0])(*arguments(text))
