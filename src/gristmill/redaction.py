"""Takes passwords and keys out of texts that are going to be shown.

Paths, parameters and error messages may hold a connection string. Before any of them is recorded in a metadata store,
written to a log or shown to a person, it goes through here.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = [
    "MASK",
    "is_secret_name",
    "json_within",
    "without_secrets",
    "without_secrets_in_property",
    "without_secrets_within",
]

MASK = "***"

_WORDS = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|credential|signature|private_?key|"
    r"(?:access|account|api|auth|bearer|client|refresh|sas|security|session|shared)[ _-]?(?:key|token|secret)"
)
_NAME = re.compile(rf"{_WORDS}|^(?:pass|token|auth|sig)$", re.IGNORECASE)
# Both patterns take time in proportion to the text: messages may be long, and what a user's code raises is not ours.
# scheme://user:password@host; the password may hold anything but the end of the authority.
_URL_PASSWORD = re.compile(r"(?P<before>://[^\s/:@'\"]*:)[^\s/'\"]+(?P<after>@)")
# password=… in the query of a URL, in libpq's and ODBC's connection strings, or "password": "…" in JSON.
_ASSIGNED = re.compile(
    rf"(?P<before>(?<![\w-])(?:[\w-]{{0,200}}(?:{_WORDS})[\w-]{{0,200}}|pass|token|sig)[\"']?\s*[=:]\s*)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s&;,'\"{}\[\]]+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<before>\bbearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE)  # RFC 6750, section 2.1


def is_secret_name(name: str) -> bool:
    """Whether a parameter of this name holds a secret: ``password``, ``api_key``, ``sas_token``."""
    return _NAME.search(name) is not None


def without_secrets(text: str) -> str:
    """The text, in which passwords of URLs and values of names like ``password=`` are ``***``."""
    text = _URL_PASSWORD.sub(rf"\g<before>{MASK}\g<after>", text)
    text = _ASSIGNED.sub(rf"\g<before>{MASK}", text)
    return _BEARER.sub(rf"\g<before>{MASK}", text)


def without_secrets_within(value: Any, name: str = "") -> Any:
    """A JSON value in which every secret text is masked, at any depth; so is everything under a secret name."""
    if isinstance(value, dict):
        return {key: without_secrets_within(each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [without_secrets_within(each, name) for each in value]
    if name and is_secret_name(name) and value not in (None, "", True, False):
        return MASK
    return without_secrets(value) if isinstance(value, str) else value


def without_secrets_in_property(name: str, text: str) -> str:
    """The text of a property of this name; JSON kept as text is masked value by value, and stays JSON."""
    value = json_within(text)
    shown = without_secrets_within(value, name)
    if isinstance(value, str):
        return str(shown)
    return text if shown == value else json.dumps(shown, sort_keys=True)


def json_within(value: Any) -> Any:
    """A JSON object or list that is kept as text, as what it says, so that secrets in it are seen; else the value."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
