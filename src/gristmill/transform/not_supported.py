"""Published names whose behaviour does not exist here: calling one raises NotSupportedError with a hint."""

from __future__ import annotations

from typing import Any, NoReturn

from gristmill.errors import NotSupportedError

__all__ = [
    "CacheablePTransformAnalyzer",
    "PTransformAnalyzerCacheCoder",
    "SimpleJsonPTransformAnalyzerCacheCoder",
    "apply_pyfunc",
    "ptransform_analyzer",
    "scale_to_gaussian",
    "tukey_h_params",
    "tukey_location",
    "tukey_scale",
]

_GAUSSIAN = "scale with scale_to_z_score, or bucketize"
_BEAM_ANALYZER = "compute the value from the analyzers that exist, or join it to the examples before Transform"


def scale_to_gaussian(*args: Any, **kwargs: Any) -> NoReturn:
    """Not available: Tukey's HH transformation."""
    _refuse("scale_to_gaussian", _GAUSSIAN, args, kwargs)


def tukey_location(*args: Any, **kwargs: Any) -> NoReturn:
    """Not available: Tukey's HH transformation."""
    _refuse("tukey_location", _GAUSSIAN, args, kwargs)


def tukey_scale(*args: Any, **kwargs: Any) -> NoReturn:
    """Not available: Tukey's HH transformation."""
    _refuse("tukey_scale", _GAUSSIAN, args, kwargs)


def tukey_h_params(*args: Any, **kwargs: Any) -> NoReturn:
    """Not available: Tukey's HH transformation."""
    _refuse("tukey_h_params", _GAUSSIAN, args, kwargs)


def apply_pyfunc(*args: Any, **kwargs: Any) -> NoReturn:
    """Not available: Python code cannot be part of a graph that is served elsewhere."""
    _refuse("apply_pyfunc", "write the function with TensorFlow operations", args, kwargs)


def ptransform_analyzer(*args: Any, **kwargs: Any) -> NoReturn:
    """Not available: analyzers made of Beam transforms."""
    _refuse("ptransform_analyzer", _BEAM_ANALYZER, args, kwargs)


def CacheablePTransformAnalyzer(*args: Any, **kwargs: Any) -> NoReturn:  # noqa: N802 - the published name
    """Not available: analyzers made of Beam transforms."""
    _refuse("CacheablePTransformAnalyzer", _BEAM_ANALYZER, args, kwargs)


def PTransformAnalyzerCacheCoder(*args: Any, **kwargs: Any) -> NoReturn:  # noqa: N802 - the published name
    """Not available: analyzers made of Beam transforms."""
    _refuse("PTransformAnalyzerCacheCoder", _BEAM_ANALYZER, args, kwargs)


def SimpleJsonPTransformAnalyzerCacheCoder(*args: Any, **kwargs: Any) -> NoReturn:  # noqa: N802 - the published name
    """Not available: analyzers made of Beam transforms."""
    _refuse("SimpleJsonPTransformAnalyzerCacheCoder", _BEAM_ANALYZER, args, kwargs)


def _refuse(name: str, hint: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> NoReturn:
    del args, kwargs
    raise NotSupportedError(f"{name} does not exist in gristmill.transform", hint=hint)
