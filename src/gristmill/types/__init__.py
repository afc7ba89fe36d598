"""Base classes and standard artifact types, by the names that TFX users know."""

import gristmill.types.standard_artifacts as standard_artifacts
from gristmill.dsl.base_component import BaseBeamComponent, BaseComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.function_component import BaseFunctionalComponent, BaseFunctionalComponentFactory
from gristmill.dsl.node import BaseNode

__all__ = [
    "BaseBeamComponent",
    "BaseChannel",
    "BaseComponent",
    "BaseFunctionalComponent",
    "BaseFunctionalComponentFactory",
    "BaseNode",
    "standard_artifacts",
]
