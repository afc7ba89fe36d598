"""What `run` and `plan` can be asked for alike, so that a plan is the plan of the run with the same words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.orchestration.run_settings import RunSettings

__all__ = [
    "ArgumentsArgument",
    "FromOption",
    "NoCacheOption",
    "ParameterOption",
    "PipelineArgument",
    "TfxCompatOption",
    "TfxShadowOption",
    "ToOption",
    "asked_for",
    "stand_for_family",
]

PipelineArgument = Annotated[
    Path, typer.Argument(metavar="PIPELINE.py", help="The file that defines or runs a pipeline.")
]
ArgumentsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[ARGUMENTS]...", help="Given to the file as its command line.")
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="The value of a runtime parameter. Repeatable."),
]
FromOption = Annotated[list[str] | None, typer.Option("--from", metavar="NODE", help="Begin at this step. Repeatable.")]
ToOption = Annotated[list[str] | None, typer.Option("--to", metavar="NODE", help="End at this step. Repeatable.")]
NoCacheOption = Annotated[bool, typer.Option("--no-cache", help="Run every step; reuse nothing.")]
TfxCompatOption = Annotated[
    bool, typer.Option("--tfx-compat", help="The file imports tfx and its family; these names mean gristmill.")
]
TfxShadowOption = Annotated[
    bool, typer.Option("--tfx-shadow", help="The same, although packages of these names are installed.")
]


def asked_for(
    parameters: Sequence[str] | None,
    from_nodes: Sequence[str] | None,
    to_nodes: Sequence[str] | None,
    no_cache: bool,
) -> RunSettings:
    """The settings that these options mean.

    Raises:
        ConfigError: a parameter is not of the form NAME=VALUE.
    """
    from gristmill.orchestration.run_settings import Caching, RunOptions, RunSettings

    return RunSettings(
        caching=Caching.FORBIDDEN if no_cache else Caching.ON,
        parameters=dict(_parameter(text) for text in parameters or ()),
        options=RunOptions(from_nodes=from_nodes or None, to_nodes=to_nodes or None),
    )


def stand_for_family(tfx_compat: bool, tfx_shadow: bool) -> None:
    """Let the names of TFX and its family mean gristmill, where that was asked for."""
    if tfx_compat or tfx_shadow:
        from gristmill import compat

        compat.install(shadow=tfx_shadow)


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise ConfigError("a parameter is given as NAME=VALUE", value=text, hint="for example --parameter steps=500")
    return name, value
