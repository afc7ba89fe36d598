"""What is stored under an artifact's URI, proved by digest.

At commit two values are recorded with the artifact: the digest of all names and contents, and a manifest digest of
names, sizes and modification times. A later check compares the manifest first, which costs one ``stat`` per file; only
when that differs are the bytes read, and then the digest decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from gristmill.io import filesystem
from gristmill.orchestration.fingerprint import digest_value

__all__ = ["Payload", "measure", "refusal"]


@dataclass(frozen=True)
class Payload:
    """The identity of stored bytes.

    Attributes:
        digest: hex sha256 over relative names, sizes and contents.
        manifest: hex sha256 over relative names, sizes and modification times; empty on a file
            system where a rename changes these.
    """

    digest: str
    manifest: str


def measure(uri: str) -> Payload:
    """Read everything under the URI.

    Raises:
        FileNotFoundError: nothing is there.
    """
    return Payload(digest=filesystem.digest_tree(uri), manifest=_manifest(uri))


def refusal(uri: str, recorded: Payload) -> str:
    """Why the bytes under a URI are not the recorded ones; empty when they are."""
    if not recorded.digest:
        return f"no digest was recorded for {uri}"
    try:
        manifest = _manifest(uri)
        if manifest and manifest == recorded.manifest:
            return ""
        found = filesystem.digest_tree(uri)
    except FileNotFoundError:
        return f"{uri} was deleted"
    except OSError as error:
        return f"{uri} cannot be read ({error.strerror or error})"
    return "" if found == recorded.digest else f"{uri} was altered since it was written"


def _manifest(uri: str) -> str:
    """The manifest digest; empty where a rename changes the times, so that only the bytes can prove anything."""
    if not filesystem.is_local(uri):
        return ""
    entries = []
    for name in filesystem.walk_files(uri):
        status = filesystem.file_status(filesystem.join(uri, name))
        entries.append((name, status.size, status.modified))
    return digest_value(entries)
