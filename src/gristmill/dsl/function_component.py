"""``@component``: a component written as one function.

    @component
    def count_rows(examples: InputArtifact[Examples], split: Parameter[str] = "train") -> OutputDict(rows=int):
        ...
        return {"rows": rows}

    counter = count_rows(examples=example_gen.outputs["examples"])
    counter.outputs["rows"]

The function's parameters say what the component takes: artifacts to read and write, parameters, and, by a plain type
such as ``rows: int``, the value of another component's returned value. What it returns become value artifacts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar, Protocol, cast, overload

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.function_executor import FunctionExecutor, check_returned
from gristmill.dsl.function_signature import FunctionSignature, known_names, read_signature
from gristmill.dsl.system_executions import SystemExecution
from gristmill.dsl.user_code import place_of_function
from gristmill.errors import ConfigError, NotSupportedError

__all__ = ["BaseFunctionalComponent", "BaseFunctionalComponentFactory", "component"]


class BaseFunctionalComponent(BaseComponent):
    """Base of the components that ``@component`` makes. Takes keyword arguments only."""

    FUNCTION: ClassVar[Callable[..., Any]]
    SIGNATURE: ClassVar[FunctionSignature]

    def __init__(self, *args: Any, **arguments: Any) -> None:
        name = type(self).__name__
        if args:
            raise ConfigError(
                f"{name} takes keyword arguments only",
                value=args,
                hint=f"write {name}({next(iter(known_names(self.SIGNATURE)), '…')}=…)",
            )
        for key in (*self.SIGNATURE.outputs, *self.SIGNATURE.returns):
            if key in arguments:
                raise ConfigError(
                    f"{name}: {key!r} is an output, not an argument", hint=f"read {name}(…).outputs[{key!r}]"
                )
        for key in self.SIGNATURE.parameters:
            default = self.SIGNATURE.defaults.get(key)
            if default is not None and arguments.get(key) is None:
                arguments[key] = default
        super().__init__(self.SPEC_CLASS(**arguments))

    @classmethod
    def test_call(cls, *args: Any, **arguments: Any) -> Any:
        """Call the function itself, with artifacts and values, as a unit test would.

        Raises:
            ConfigError: an argument is missing or unknown, or the function returns something else than it declares.
        """
        if args:
            raise ConfigError(
                f"{cls.__name__}.test_call takes keyword arguments only",
                value=args,
                hint=f"its parameters are: {', '.join(known_names(cls.SIGNATURE))}",
            )
        known = known_names(cls.SIGNATURE)
        for key in arguments:
            if key not in known:
                raise ConfigError(f"{cls.__name__} has no parameter {key!r}", hint=did_you_mean(key, known))
        missing = [key for key in known if key not in arguments and key not in cls.SIGNATURE.defaults]
        if missing:
            raise ConfigError(
                f"{cls.__name__}.test_call needs {', '.join(missing)}", hint=f"pass {'=…, '.join(missing)}=…"
            )
        returned = cls.FUNCTION(**arguments)
        check_returned(cls.FUNCTION, cls.SIGNATURE, returned)
        return returned


class BaseFunctionalComponentFactory(Protocol):
    """What ``@component`` makes: call it with keyword arguments for a node."""

    def __call__(self, *args: Any, **kwargs: Any) -> BaseFunctionalComponent: ...

    def test_call(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself."""
        ...


@overload
def component(func: Callable[..., Any], /) -> BaseFunctionalComponentFactory: ...


@overload
def component(
    func: None = None,
    /,
    *,
    component_annotation: type[SystemExecution] | None = None,
    use_beam: bool = False,
) -> Callable[[Callable[..., Any]], BaseFunctionalComponentFactory]: ...


def component(
    func: Callable[..., Any] | None = None,
    /,
    *,
    component_annotation: type[SystemExecution] | None = None,
    use_beam: bool = False,
) -> BaseFunctionalComponentFactory | Callable[[Callable[..., Any]], BaseFunctionalComponentFactory]:
    """Turn a function into a component.

    Args:
        func: a function at the top level of its module, every parameter annotated.
        component_annotation: a system execution class (``gristmill.dsl.standard_annotations``).
        use_beam: not supported.

    Raises:
        ConfigError: the function is nested, or its signature is not one of a component.
    """
    if use_beam:
        raise NotSupportedError(
            "component functions do not get a Beam pipeline",
            hint="write a component class whose executor calls self.context.engine",
        )
    if func is None:
        return lambda function: _component_class(function, component_annotation)
    return _component_class(func, component_annotation)


def _component_class(
    function: Callable[..., Any], annotation: type[SystemExecution] | None
) -> BaseFunctionalComponentFactory:
    _check_function(function)
    signature = read_signature(function)
    name, module = function.__name__, function.__module__
    # Both classes carry the function's name, so that whoever looks for their source finds the function.
    origin = {"__module__": module, "__qualname__": name, "__doc__": function.__doc__}
    body = {**origin, "FUNCTION": staticmethod(function), "SIGNATURE": signature}
    executor = type(name, (FunctionExecutor,), body)
    made = type(
        name,
        (BaseFunctionalComponent,),
        {**body, "SPEC_CLASS": _spec_class(name, signature, annotation), "EXECUTOR_SPEC": ExecutorClassSpec(executor)},
    )
    return cast(BaseFunctionalComponentFactory, made)


def _check_function(function: Callable[..., Any]) -> None:
    if not inspect.isfunction(function):
        raise ConfigError(
            "@component decorates functions",
            value=function,
            hint="for a class derive it from BaseComponent, with a SPEC_CLASS and an EXECUTOR_SPEC",
        )
    if "<locals>" in function.__qualname__ or "." in function.__qualname__:
        raise ConfigError(
            "a component function must be at the top level of its module",
            place=place_of_function(function),
            value=function.__qualname__,
            hint="what it takes from the functions around it would be in no record; pass it as a Parameter",
        )


def _spec_class(
    name: str, signature: FunctionSignature, annotation: type[SystemExecution] | None
) -> type[ComponentSpec]:
    defaults = signature.defaults
    inputs = {**signature.artifacts, **signature.artifact_lists, **signature.values}
    body = {
        "PARAMETERS": {
            key: ExecutionParameter(type=kind, optional=key in defaults) for key, kind in signature.parameters.items()
        },
        "INPUTS": {key: ChannelParameter(type=cls, optional=key in defaults) for key, cls in inputs.items()},
        "OUTPUTS": {key: ChannelParameter(type=cls) for key, cls in {**signature.outputs, **signature.returns}.items()},
        "TYPE_ANNOTATION": annotation,
    }
    return type(f"{name}Spec", (ComponentSpec,), body)
