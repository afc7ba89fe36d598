"""Context: settings that hold for every transform that is applied within a ``with`` block."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from types import TracebackType
from typing import ClassVar

import tensorflow as tf

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io import filesystem

__all__ = ["Context", "Settings"]

_FOLDER = "tftransform_tmp"  # the published name: jobs that clean up look for it


@dataclass(frozen=True)
class Settings:
    """What a :class:`Context` says; None where it says nothing."""

    temp_dir: str | None = None
    desired_batch_size: int | None = None
    passthrough_keys: frozenset[str] | None = None
    save_options: tf.saved_model.SaveOptions | None = None


class Context:
    """Settings for the transforms of a ``with`` block. Blocks nest: what the inner one leaves out, the outer one says.

    Args:
        temp_dir: folder for vocabularies, states and the transforms made, which all workers share; needed to analyze.
            What lies in it is left there.
        desired_batch_size: rows that instance dicts are put together to; record batches stay as they come.
        passthrough_keys: columns of record batches that come out beside the transformed features, as they are.
        use_deep_copy_optimization: must not be True: there is nothing here that it would be about.
        force_tf_compat_v1: must not be True: graphs are those of TensorFlow 2.
        save_options: for ``tf.saved_model.save``.

    Raises:
        NotSupportedError: an option is True that must not be.
        ConfigError: ``desired_batch_size`` is below 1.
    """

    _stack: ClassVar[threading.local] = threading.local()

    def __init__(
        self,
        temp_dir: str | None = None,
        desired_batch_size: int | None = None,
        passthrough_keys: Iterable[str] | None = None,
        use_deep_copy_optimization: bool | None = None,
        force_tf_compat_v1: bool | None = None,
        save_options: tf.saved_model.SaveOptions | None = None,
    ) -> None:
        if use_deep_copy_optimization:
            raise NotSupportedError(
                "use_deep_copy_optimization is not available", hint="leave it out: every pass reads its input once"
            )
        if force_tf_compat_v1:
            raise NotSupportedError(
                "force_tf_compat_v1 is not available: graphs are those of TensorFlow 2",
                hint="write the preprocessing_fn for TensorFlow 2, and leave force_tf_compat_v1 out",
            )
        if desired_batch_size is not None and desired_batch_size < 1:
            raise ConfigError("desired_batch_size must be 1 or more", value=desired_batch_size)
        passed = None if passthrough_keys is None else frozenset(passthrough_keys)
        self._settings = Settings(temp_dir, desired_batch_size, passed, save_options)

    def __enter__(self) -> Context:
        said = {each.name: getattr(self._settings, each.name) for each in fields(Settings)}
        merged = replace(self.settings(), **{name: value for name, value in said.items() if value is not None})
        self._frames().append(merged)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._frames().pop()

    @classmethod
    def settings(cls) -> Settings:
        """What holds here, in this thread."""
        frames = cls._frames()
        return frames[-1] if frames else Settings()

    @classmethod
    def create_base_temp_dir(cls) -> str:
        """A folder's name below ``temp_dir`` that nobody else uses.

        Raises:
            ConfigError: no context names a ``temp_dir``.
        """
        temp_dir = cls.settings().temp_dir
        if temp_dir is None:
            raise ConfigError(
                "an analysis needs a folder for its temporary files",
                hint="apply it within 'with Context(temp_dir=...):', on a file system that all workers share",
            )
        return filesystem.join(filesystem.absolute(temp_dir), _FOLDER, secrets.token_hex(16))

    @classmethod
    def _frames(cls) -> list[Settings]:
        frames: list[Settings] | None = getattr(cls._stack, "frames", None)
        if frames is None:
            frames = cls._stack.frames = []
        return frames
