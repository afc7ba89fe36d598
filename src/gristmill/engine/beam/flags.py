"""Checks flags with Beam's own option parsers, and makes its options of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from apache_beam.options import pipeline_options
from apache_beam.options.pipeline_options import PipelineOptions

from gristmill.did_you_mean import did_you_mean
from gristmill.engine.flag_values import flag_values
from gristmill.errors import ConfigError

__all__ = ["parsed_options"]

_log = logging.getLogger("gristmill.engine")

# Runners whose flags are all declared in Python; the others' job servers may know more, which Beam asks them for.
_FULLY_DECLARED = frozenset({"fnapi", "dataflow", "interactive"})


def parsed_options(flags: Sequence[str]) -> PipelineOptions:
    """Beam's options for the flags, which are kept as they are.

    Raises:
        ConfigError: a flag's value is not of its type, or no option has that name.
    """
    parser = _Parser(prog="beam_pipeline_args", add_help=False, allow_abbrev=False)
    for options in {str(each): each for each in PipelineOptions.__subclasses__()}.values():
        options._add_argparse_args(parser)
    _, unknown = parser.parse_known_args(list(flags))
    runner = flag_values(flags).get("runner", "").rpartition(".")[2].lower().removesuffix("runner")
    # Names alone are told: a value may be a secret, and messages are logged and kept in the metadata.
    names = [flag.partition("=")[0] for flag in unknown if flag.startswith("-")]
    if unknown and runner in _FULLY_DECLARED:
        if not names:
            raise ConfigError("flags for Beam are written --name=value, and one of them has no name")
        known = [option for action in parser._actions for option in action.option_strings]
        raise ConfigError(f"Beam has no option {names[0]!r}", hint=_near(names[0], known))
    if names:
        _log.warning("passed on to %s, which may know them: %s", runner, " ".join(names))
    return PipelineOptions(list(flags))


def _near(name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known)
    return hint if hint.startswith("did you mean") else "leave it out; flags are written --name=value"


class _Parser(pipeline_options._BeamArgumentParser):  # type: ignore[misc]  # Beam has no types
    """Raises instead of ending the process."""

    def error(self, message: str) -> None:
        raise ConfigError("the flags for Beam are not well formed", value=message, hint="see the runner's options")
