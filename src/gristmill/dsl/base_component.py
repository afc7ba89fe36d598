"""BaseComponent: a node with a typed spec and an executor. Standard and custom components derive from it.

class Splitter(BaseComponent):
    SPEC_CLASS = SplitterSpec
    EXECUTOR_SPEC = ExecutorClassSpec(SplitterExecutor)

    def __init__(self, examples: BaseChannel, ratio: float | None = None) -> None:
        super().__init__(SplitterSpec(examples=examples, ratio=ratio))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from gristmill.dsl.component_spec import ComponentSpec
from gristmill.dsl.dynamic_parameter import check_dynamic_parameters
from gristmill.dsl.executor_spec import BeamExecutorSpec, ExecutorSpec
from gristmill.dsl.node import BaseNode
from gristmill.errors import ConfigError, NotSupportedError

__all__ = ["BaseBeamComponent", "BaseComponent"]


class BaseComponent(BaseNode):
    """Base of all components; see the module's description.

    Args:
        spec: the checked arguments, an object of SPEC_CLASS.
        custom_executor_spec: does the work instead of EXECUTOR_SPEC.

    Attributes:
        SPEC_CLASS: the spec's class.
        EXECUTOR_SPEC: which code does the work.
        spec: the spec.
        executor_spec: which code does the work of this node.
    """

    SPEC_CLASS: ClassVar[type[ComponentSpec]]
    EXECUTOR_SPEC: ClassVar[ExecutorSpec]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "DRIVER_CLASS" in cls.__dict__:
            raise NotSupportedError(
                "components have no drivers of their own",
                value=cls.__name__,
                hint="resolve inputs with a Resolver in front of the component, or in its executor",
            )

    def __init__(self, spec: ComponentSpec, custom_executor_spec: ExecutorSpec | None = None) -> None:
        name = type(self).__name__
        spec_class = getattr(self, "SPEC_CLASS", ComponentSpec)
        if not isinstance(spec, spec_class):
            raise ConfigError(
                f"{name} takes a {spec_class.__name__}",
                value=spec,
                hint=f"call super().__init__({spec_class.__name__}(…)) in {name}.__init__",
            )
        executor_spec = custom_executor_spec or getattr(self, "EXECUTOR_SPEC", None)
        if not isinstance(executor_spec, ExecutorSpec):
            raise ConfigError(
                f"{name} needs an executor spec",
                value=executor_spec,
                hint=f"set EXECUTOR_SPEC = ExecutorClassSpec(…) in class {name}",
            )
        check_dynamic_parameters(name, spec.exec_properties)
        super().__init__(spec.inputs, spec.outputs, spec.exec_properties)
        self.spec = spec
        self.executor_spec = executor_spec


class BaseBeamComponent(BaseComponent):
    """Base of the components that pass data through the engine."""

    def with_beam_pipeline_args(self, beam_pipeline_args: Sequence[Any]) -> Self:
        """Set flags for the engine, such as ``--runner=…`` ``--direct_num_workers=…``; the pipeline's come first."""
        if not isinstance(self.executor_spec, BeamExecutorSpec):
            raise ConfigError(
                f"{self.id}: only components with a BeamExecutorSpec take flags for the engine",
                value=self.executor_spec,
                hint="set EXECUTOR_SPEC = BeamExecutorSpec(…), with an executor derived from BaseBeamExecutor",
            )
        self.executor_spec = BeamExecutorSpec(self.executor_spec.executor_class, beam_pipeline_args)
        return self
