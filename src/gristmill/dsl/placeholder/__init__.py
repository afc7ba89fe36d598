"""Placeholders: expressions over what is only known when a node runs.

    from gristmill.dsl import placeholders as ph

    ph.input("model")[0].uri + "/saved_model.pb"
    ph.exec_property("train_args").num_steps
    channel.future()[0].value > 0.9

An expression is an immutable tree. ``resolve(expression, scope)`` gives its value, where the :class:`Scope` says which
artifacts and parameters there are. An artifact that is not there (an empty optional input) makes the value None;
text put together from it is None too, lists and dicts leave it out, and a comparison with it other than ``==`` and
``!=`` is an error.
"""

from gristmill.dsl.placeholder.expression import Placeholder, resolve, sub_expressions
from gristmill.dsl.placeholder.predicate import Predicate
from gristmill.dsl.placeholder.scope import Scope

__all__ = ["Placeholder", "Predicate", "Scope", "resolve", "sub_expressions"]
