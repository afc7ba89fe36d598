"""``gristmill openlineage RUN``: a run as OpenLineage events, printed or sent."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from gristmill.cli.show import RunArgument
from gristmill.cli.store_location import StoreOption, open_store
from gristmill.cli.tables import console
from gristmill.errors import ConfigError, GristmillError
from gristmill.redaction import without_secrets

__all__ = ["openlineage"]

_KEY = "OPENLINEAGE_API_KEY"  # the variable that OpenLineage's own clients read
_SECONDS = 30.0  # for one answer


def openlineage(
    run: RunArgument = "latest",
    store: StoreOption = None,
    namespace: Annotated[str, typer.Option("--namespace", metavar="NAME", help="Of the jobs.")] = "gristmill",
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help=f"Send them there by POST, with the key in {_KEY} if there is one."),
    ] = None,
) -> None:
    """Print a run as OpenLineage events, one JSON object on a line; or send them to a service."""
    from gristmill.orchestration.history import find_run
    from gristmill.report.openlineage import openlineage_events

    with open_store(store) as opened:
        events = list(openlineage_events(opened, find_run(opened, run), namespace=namespace))
    if url is None:
        for event in events:
            print(json.dumps(event))
    else:
        _send(events, url)
        console().print(f"sent {len(events)} events to {without_secrets(url)}")


def _send(events: Iterable[dict[str, Any]], url: str) -> None:
    import urllib.error
    import urllib.request

    if not url.startswith(("http://", "https://")):
        raise ConfigError("events are sent by HTTP", value=url, hint="--url http://localhost:5000/api/v1/lineage")
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get(_KEY):
        headers["Authorization"] = f"Bearer {key}"
    for event in events:
        request = urllib.request.Request(url, json.dumps(event).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS):
                pass
        except urllib.error.URLError as error:
            raise GristmillError(
                f"the service took no events: {error}",
                value=without_secrets(url),
                hint="nothing is lost: send the run again when it does; events that came twice are the same.",
            ) from error
