"""Where runs put their outputs and their metadata, and which parameters that may depend on."""

from __future__ import annotations

import os
from typing import Any

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.placeholder.expression import resolve
from gristmill.dsl.placeholder.scope import Scope
from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.orchestration.run_settings import RunSettings
from gristmill.orchestration.store_url import store_url
from gristmill.proto import metadata_store_pb2
from gristmill.redaction import without_secrets

__all__ = ["absolute_root", "check_holds_no_secret", "check_parameters", "located_store", "resolved_root"]

_STORE_FILE = "metadata.sqlite"


def absolute_root(root: str) -> str:
    """The pipeline root, absolute, so that the recorded URIs hold from any working directory.

    Raises:
        ConfigError: it holds a password, which every artifact's URI would show.
    """
    check_holds_no_secret("a pipeline root", root)
    return os.path.abspath(filesystem.local_path(root)) if filesystem.is_local(root) else root


def check_holds_no_secret(what: str, uri: str) -> None:
    """Refuse a URI that is going to be recorded as it is, and holds a password or key.

    Raises:
        ConfigError: it does.
    """
    if without_secrets(uri) != uri:
        raise ConfigError(
            f"{what} must hold no password or key: it is recorded in the store",
            value=uri,
            hint="give the credentials through the environment or the file system's own configuration.",
        )


def check_parameters(pipeline: Pipeline, settings: RunSettings) -> None:
    """Refuse values for runtime parameters that the pipeline does not have.

    Raises:
        ConfigError: there is one.
    """
    known = pipeline.runtime_parameters
    for name in settings.parameters:
        if name not in known:
            raise ConfigError(
                f"the pipeline {pipeline.pipeline_name!r} has no runtime parameter {name!r}",
                hint=did_you_mean(name, known, "its runtime parameters"),
            )


def resolved_root(pipeline: Pipeline, settings: RunSettings) -> str:
    """The pipeline root with the settings' runtime parameters, absolute.

    Raises:
        ConfigError: the pipeline has none.
    """
    root = resolve(pipeline.pipeline_root, Scope(runtime_parameters=settings.parameters))
    if not root:
        raise ConfigError(
            f"the pipeline {pipeline.pipeline_name!r} has no pipeline_root",
            hint="pass Pipeline(pipeline_root=…), a folder for all outputs.",
        )
    return absolute_root(str(root))


def located_store(config: Any, root: str) -> tuple[Any, str]:
    """A store's connection config, which holds from any working directory, and its URL, without secrets.

    Args:
        config: as the user gave it; None means a file in the pipeline root.
        root: the pipeline root.

    Raises:
        ConfigError: no store is given, and the pipeline root is no folder of this machine.
    """
    if not config and not filesystem.is_local(root):
        raise ConfigError(
            "a pipeline whose root is not on this machine needs a metadata_connection_config",
            value=root,
            hint="pass gristmill.orchestration.metadata.sqlite_metadata_connection_config('metadata.sqlite').",
        )
    url = store_url(config or None, default=filesystem.join(root, _STORE_FILE))
    return _absolute(config, url) if config else url, url


def _absolute(config: Any, url: str) -> Any:
    if not os.path.isabs(url):  # a store in memory, a server, or a URL with options
        return config
    if not isinstance(config, metadata_store_pb2.ConnectionConfig):
        return url
    absolute = metadata_store_pb2.ConnectionConfig()
    absolute.CopyFrom(config)
    absolute.sqlite.filename_uri = url
    return absolute
