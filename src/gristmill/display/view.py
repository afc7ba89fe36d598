"""A view: a title and a body, as a whole page or as the output of a notebook cell.

Both forms hold the same content, the same style and the same script. Style rules apply below the class ``gristmill``
alone. The script sets up every view on the page that has not been set up yet, so that any number of views, shown in any
order, live in one notebook. A page forbids itself to load anything, by a content security policy that allows nothing
but the kit's own script.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from gristmill.disk_faults import disk_faults_named
from gristmill.display.texts import fit_for_a_page
from gristmill.errors import ConfigError

__all__ = ["View", "compose"]

_ID_BYTES = 4  # 32 bits: two of a hundred views on a page share an id once in a million notebooks


class View:
    """Something to look at.

    Attributes:
        title: what it shows; plain text.
        body: its content; text that is not Markup is escaped.
    """

    def __init__(self, title: str, body: Markup) -> None:
        self.title = fit_for_a_page(title)
        self.body = Markup(fit_for_a_page(Markup.escape(body)))
        self._id = f"gm-{secrets.token_hex(_ID_BYTES)}"

    def html(self) -> str:
        """The view as a whole page, self-contained."""
        return self._render("page.html")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to a local file, whole or not at all.

        Raises:
            ConfigError: the folder is not there.
            StorageError: the disk refuses; nothing was written.
        """
        target = Path(path)
        if not target.parent.is_dir():
            raise ConfigError("A view is saved into a folder that exists", value=str(target.parent))
        with disk_faults_named(str(target)):
            descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(self.html())
                os.chmod(temporary, 0o644)  # mkstemp makes files that only their owner reads; a report is passed on
                os.replace(temporary, target)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def _repr_html_(self) -> str:
        """The view as the output of a notebook cell; IPython calls this."""
        return self._render("cell.html")

    def _render(self, template: str) -> str:
        return (
            _templates()
            .get_template(template)
            .render(
                id=self._id, title=self.title, body=self.body, style=_style(), script=_script(), script_digest=_digest()
            )
        )

    def __repr__(self) -> str:
        return f"<View {self.title!r}>"


def compose(title: str, sections: Sequence[View], *, collapsed: bool = False) -> View:
    """Several views below each other, each under a heading that folds it away.

    Args:
        title: what they show together.
        sections: the views, in order.
        collapsed: start with all of them folded.
    """
    parts = (
        Markup(
            '<details class="gm-section"{state}><summary><span class="gm-heading" role="heading" aria-level="2">'
            "<b>{title}</b></span></summary>{body}</details>"
        ).format(state=Markup("" if collapsed else " open"), title=section.title, body=section.body)
        for section in sections
    )
    return View(title, Markup("\n").join(parts))


@functools.cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("gristmill.display", "assets"), autoescape=True)


@functools.cache
def _style() -> Markup:
    return _assets("*.css")


@functools.cache
def _script() -> Markup:
    return _assets("*.js")


def _assets(pattern: str) -> Markup:
    files = sorted((Path(__file__).parent / "assets").glob(pattern))
    return Markup("\n".join(file.read_text(encoding="utf-8") for file in files))


@functools.cache
def _digest() -> str:
    return base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()
