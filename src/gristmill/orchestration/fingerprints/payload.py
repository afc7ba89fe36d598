"""What is stored under an artifact's URI, proved by digest.

At commit two values are recorded with the artifact: the digest of all names and contents, and a manifest digest of
names and of what changes with every write to a file (``filesystem.change_stamp``). A later check compares the manifest
first, which costs one ``stat`` per file; only when that differs are the bytes read, and then the digest decides. A
program that alters a byte and sets size and modification time back is found all the same: it cannot set back the
kernel's time of change. Who can set the clock, or write to the device below the file system, can.

A payload that leaves its folder through a link is refused whatever the bytes are: nothing holds fast what lies there.
"""

from __future__ import annotations

from dataclasses import dataclass

from gristmill.io import filesystem
from gristmill.orchestration.fingerprints.fingerprint import digest_value

__all__ = ["Payload", "measure", "refusal"]


@dataclass(frozen=True)
class Payload:
    """The identity of stored bytes.

    Attributes:
        digest: hex sha256 over relative names, sizes and contents.
        manifest: hex sha256 over relative names and change stamps; empty on a file system that has none.
    """

    digest: str
    manifest: str


def measure(uri: str) -> Payload:
    """Read everything under the URI.

    Raises:
        FileNotFoundError: nothing is there.
    """
    manifest = _manifest(uri)  # before the bytes are read: what is written meanwhile has another stamp
    return Payload(digest=filesystem.digest_tree(uri), manifest=manifest)


def refusal(uri: str, recorded: Payload, *, may_be_link: bool = False) -> str:
    """Why the bytes under a URI are not the recorded ones; empty when they are.

    Args:
        uri: the payload.
        recorded: what ``measure`` found when it was written.
        may_be_link: whether the URI itself may be a link: a person imported it from there.
    """
    if not recorded.digest:
        return f"no digest was recorded for {uri}"
    try:
        links = filesystem.links_out(uri)
        if links and not (may_be_link and links == [""]):
            return f"{filesystem.join(uri, links[0])} is a link that leads out of the artifact"
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
    """The manifest digest; empty where files have no change stamp, so that only the bytes can prove anything."""
    if not filesystem.is_local(uri):
        return ""
    names = filesystem.walk_files(uri)
    return digest_value([(name, *filesystem.change_stamp(filesystem.join(uri, name))) for name in names])
