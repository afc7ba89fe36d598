"""The same step written three ways: it gathers examples, drops every n-th record, and may be made to fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.components import InputArtifact, OutputArtifact, Parameter, component
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.standard_artifacts import Examples
from gristmill.io.tfrecord import read_records, write_records


def thin_out(examples: list[Any], kept: Any, drop: int, trap: str) -> int:
    """Write what is kept of all splits as one split; the number of records."""
    if os.path.exists(trap):
        raise RuntimeError("the trap is set")
    files = [file for each in examples for split in each.splits for file in Path(each.path(split=split)).iterdir()]
    records = [record for file in sorted(files) for record in read_records(str(file))]
    left = [record for number, record in enumerate(records) if (number + 1) % drop]
    write_records(f"{kept.uri}/Split-all/kept-00000-of-00001.gz", left, compress=True)
    kept.splits = ["all"]
    return len(left)


@component
def ThinOutFunction(  # noqa: N802 - a component's name is its function's
    examples: InputArtifact[list[Examples]],
    kept: OutputArtifact[Examples],
    drop: Parameter[int],
    trap: Parameter[str],
) -> None:
    thin_out(examples, kept, drop, trap)


class ThinOutSpec(ComponentSpec):
    PARAMETERS: ClassVar = {"drop": ExecutionParameter(type=int), "trap": ExecutionParameter(type=str)}
    INPUTS: ClassVar = {"examples": ChannelParameter(type=Examples)}
    OUTPUTS: ClassVar = {"kept": ChannelParameter(type=Examples)}


class ThinOutExecutor(BaseExecutor):
    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        rows = thin_out(
            input_dict["examples"], output_dict["kept"][0], exec_properties["drop"], exec_properties["trap"]
        )
        self.context.report(f"{rows} rows kept")


class ThinOut(BaseComponent):
    SPEC_CLASS = ThinOutSpec
    EXECUTOR_SPEC = ExecutorClassSpec(ThinOutExecutor)

    def __init__(self, examples: BaseChannel, drop: int, trap: str) -> None:
        super().__init__(ThinOutSpec(examples=examples, drop=drop, trap=trap))
