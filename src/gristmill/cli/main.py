"""The command ``gristmill``. Each sub-command is a module of this package; what is heavy loads when a command runs."""

from __future__ import annotations

import sys

import typer

from gristmill.cli.diff import diff
from gristmill.cli.failure import print_error
from gristmill.cli.gc import gc
from gristmill.cli.lineage import lineage
from gristmill.cli.metadata import app as metadata_app
from gristmill.cli.openlineage import openlineage
from gristmill.cli.plan import plan
from gristmill.cli.report import report
from gristmill.cli.run import run
from gristmill.cli.runs import runs
from gristmill.cli.show import show
from gristmill.cli.template import app as template_app
from gristmill.cli.tensorboard import tensorboard
from gristmill.cli.why import why
from gristmill.errors import GristmillError

__all__ = ["app", "main"]

app = typer.Typer(
    name="gristmill",
    help="Production machine-learning pipelines, from raw rows to a validated, served model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # errors are told by print_error, without frames of ours
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (run, plan, runs, show, why, diff, report, lineage, openlineage, tensorboard, gc):
    app.command()(command)
app.add_typer(metadata_app, name="metadata")
app.add_typer(template_app, name="template")


def main() -> None:
    """The entry point: runs a command, and ends the process with its exit code."""
    try:
        app()
    except GristmillError as error:
        print_error(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
