"""How a disk that refuses to write is told: which file, why, and what to do about it."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from gristmill.errors import Place, StorageError

__all__ = ["disk_fault", "disk_faults_named", "is_of_writing"]

_GO_ON = "then run it again: what is finished is kept"
_FAULTS = {
    errno.ENOSPC: ("no space is left on the disk", f"free some space there, {_GO_ON}"),
    errno.EDQUOT: ("the disk quota is used up", f"free some space or ask for a larger quota, {_GO_ON}"),
    errno.EFBIG: (
        "the file is larger than allowed",
        f"raise the limit (ulimit -f), {_GO_ON}",
    ),
    errno.EROFS: ("the file system is read-only", "mount it for writing, or choose another place"),
    errno.EACCES: ("permission is denied", "give this user the right to write there, or choose another place"),
    errno.EPERM: ("the operation is not permitted", "check the owner and the attributes of the file and its folder"),
    errno.ENOTDIR: ("a file is where a folder must be", "move that file away, or choose another place"),
    errno.EEXIST: ("something of that name is there already", "move it away, or choose another place"),
    errno.EIO: ("the disk reports a fault", "look at the system's log (dmesg) and check the disk"),
    errno.ESTALE: ("the network file system lost the file", "mount it anew, and run it again"),
    errno.ENAMETOOLONG: ("the name is too long for the file system", "choose a shorter place or name"),
}
"""What is told and advised, by error number. Errors of other numbers are not the disk's."""

_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # what no reading ever meets


def disk_fault(error: OSError, uri: str) -> StorageError | None:
    """The error that names the file; None where it is not the disk that refused.

    Args:
        error: what the operating system said.
        uri: the file, unless the error names one itself.
    """
    if isinstance(error, StorageError) or error.errno not in _FAULTS:
        return None
    why, hint = _FAULTS[error.errno]
    named = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else uri
    fault = StorageError(f"cannot write: {why}", place=Place(uri=named or uri), hint=hint)
    fault.errno = error.errno
    return fault


def is_of_writing(error: BaseException) -> bool:
    """Whether a disk refused to write, as the number of the error alone tells."""
    return isinstance(error, OSError) and error.errno in _OF_WRITING


@contextlib.contextmanager
def disk_faults_named(uri: str, *, reads: bool = False) -> Iterator[None]:
    """Around calls that write: what the disk refuses becomes a StorageError that names the file.

    Args:
        uri: the file or folder that is named where the operating system names none.
        reads: whether the calls read as well; then what may be an error of reading stays what it is.
    """
    try:
        yield
    except OSError as error:
        fault = None if reads and not is_of_writing(error) else disk_fault(error, uri)
        if fault is None:
            raise
        raise fault from error
