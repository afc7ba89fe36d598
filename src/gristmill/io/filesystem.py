"""One file-system layer: every path is a URI string, on whatever fsspec reaches (local, memory://, gs://, s3://).

A plain path (``data/a.csv``) or ``file://`` is local. Files become visible under their own name only when they are
complete: they are written to a hidden name in the same folder and renamed (locally after a sync to disk; an object
store copies on its side). So a reader never sees half a file, whenever a writer dies.

Missing files raise the usual ``FileNotFoundError``. A disk that refuses to write raises a ``StorageError``, an
``OSError`` too, that names the file.
"""

from __future__ import annotations

import contextlib
import errno
import glob as stdlib_glob
import hashlib
import io
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from gristmill.disk_faults import disk_faults_named
from gristmill.errors import DataError, Place, UnsafePathError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "FileStatus",
    "absolute",
    "atomic_output",
    "change_stamp",
    "copy_file",
    "copy_tree",
    "digest_tree",
    "exists",
    "file_status",
    "glob",
    "is_dir",
    "is_local",
    "join",
    "leads_out",
    "links_out",
    "list_dir",
    "local_path",
    "make_dirs",
    "open_input",
    "read_bytes",
    "read_text",
    "relative",
    "remove_tree",
    "rename",
    "staged_output",
    "walk_files",
    "write_bytes",
    "write_text",
]

_CHUNK = 1 << 20  # bytes per read when copying or hashing: large enough that the call overhead vanishes
_LOCAL_SCHEME = "file://"


@dataclass(frozen=True)
class FileStatus:
    """Size and age of one file.

    Attributes:
        size: bytes.
        modified: seconds since 1970-01-01 UTC of the last change; 0.0 where the file system does not tell.
    """

    size: int
    modified: float


def is_local(uri: str) -> bool:
    """Whether the URI names a file of this machine (a plain path or ``file://``)."""
    return "://" not in uri or uri.startswith(_LOCAL_SCHEME)


def local_path(uri: str) -> str:
    """The path of a local URI, for libraries that open files by themselves.

    Raises:
        ValueError: the URI is not local.
    """
    if not is_local(uri):
        raise ValueError(f"not a local path: {uri!r}")
    return uri.removeprefix(_LOCAL_SCHEME)


def absolute(uri: str) -> str:
    """The URI as it is understood from any working directory; one of a remote file system is already."""
    return os.path.abspath(local_path(uri)) if is_local(uri) else uri


def join(root: str, *parts: str) -> str:
    """The URI of ``parts`` under ``root``. The one way to make a path from names that others chose.

    Args:
        root: a URI, taken as it is.
        parts: relative paths; empty ones are skipped.

    Raises:
        UnsafePathError: a part is absolute, names a scheme, or holds ``..`` or a NUL.
    """
    segments = [segment for part in parts for segment in _safe_segments(root, part)]
    if not segments:
        return root
    separator = "" if not root or root.endswith("/") else "/"
    return root + separator + "/".join(segments)


def _safe_segments(root: str, part: str) -> list[str]:
    segments = [segment for segment in part.split("/") if segment not in ("", ".")]
    if part.startswith("/") or "://" in part or "\0" in part or "\\" in part or ".." in segments:
        raise UnsafePathError(
            f"a path must stay under its root {root!r}",
            value=part,
            hint="use a relative path without '..', backslashes or a scheme",
        )
    return segments


def relative(root: str, uri: str) -> str:
    """The path of a URI under its root, as ``join`` takes it.

    Raises:
        UnsafePathError: it lies elsewhere.
    """
    prefix = "" if not root else root.rstrip("/") + "/"
    if not _plain(uri).startswith(_plain(prefix)):
        raise UnsafePathError(f"a path must stay under its root {root!r}", value=uri)
    return _plain(uri)[len(_plain(prefix)) :]


def _plain(uri: str) -> str:
    """The URI in one spelling: what is local without a scheme, what is remote without slashes at the start."""
    if is_local(uri):
        return local_path(uri)
    scheme, _, path = uri.partition("://")
    return f"{scheme}://{path.lstrip('/')}"


def exists(uri: str) -> bool:
    """Whether a file or directory is there."""
    if is_local(uri):
        return os.path.exists(local_path(uri))
    fs, path = _remote(uri)
    return bool(fs.exists(path))


def is_dir(uri: str) -> bool:
    """Whether a directory is there (on an object store: whether any object lies under it)."""
    if is_local(uri):
        return os.path.isdir(local_path(uri))
    fs, path = _remote(uri)
    return bool(fs.isdir(path))


def list_dir(uri: str) -> list[str]:
    """Sorted base names of what is in a directory, as it is now, whoever wrote it.

    Raises:
        FileNotFoundError: there is no such directory.
    """
    if is_local(uri):
        return sorted(os.listdir(local_path(uri)))
    fs, path = _remote(uri)
    fs.invalidate_cache(path)
    return sorted({name.rstrip("/").rpartition("/")[2] for name in fs.ls(path, detail=False)} - {""})


def glob(pattern: str, *, root: str | None = None) -> list[str]:
    """Sorted URIs of the files and directories that match.

    Args:
        pattern: ``*``, ``?``, ``[…]`` within a name, ``**`` over directories. As in a shell, names that start with a
            dot match only when the pattern's last part starts with one.
        root: a URI taken literally, under which the pattern is looked for; what it says about ``join`` holds.
    """
    if root is not None:
        pattern = join(_escape(root), pattern)
    if is_local(pattern):
        scheme = _LOCAL_SCHEME if pattern.startswith(_LOCAL_SCHEME) else ""
        return sorted(scheme + path for path in stdlib_glob.glob(local_path(pattern), recursive=True))
    fs, path = _remote(pattern)
    shows_hidden = path.rpartition("/")[2].startswith(".")
    found = (name for name in fs.glob(path) if shows_hidden or not name.rpartition("/")[2].startswith("."))
    return sorted(_with_scheme(pattern, name) for name in found)


def _escape(uri: str) -> str:
    """The pattern that matches this URI alone; the scheme holds no wildcard."""
    scheme, separator, path = uri.rpartition("://")
    return scheme + separator + stdlib_glob.escape(path)


def file_status(uri: str) -> FileStatus:
    """Size and time of the last change of a file."""
    if is_local(uri):
        found = os.stat(local_path(uri))
        return FileStatus(found.st_size, found.st_mtime)
    fs, path = _remote(uri)
    size = int(fs.info(path)["size"])
    try:
        return FileStatus(size, fs.modified(path).timestamp())
    except NotImplementedError:
        return FileStatus(size, 0.0)


def change_stamp(uri: str) -> tuple[int, ...]:
    """What changes with every write to a local file: size, inode, and the times of modification and change, in ns.

    Programs may set the modification time; the time of change is the kernel's own, which no write leaves as it was.
    """
    stat = os.stat(local_path(uri))
    return stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns


def leads_out(root: str, uri: str) -> bool:
    """Whether a local path leaves its root through a link. Object stores have no links."""
    if not root or not is_local(root):
        return False
    real_root, real = os.path.realpath(local_path(root)), os.path.realpath(local_path(uri))
    return real != real_root and not real.startswith(real_root.rstrip(os.sep) + os.sep)


def links_out(root: str) -> list[str]:
    """Sorted relative names of the links under a directory that lead out of it; ``""`` where it is one itself."""
    if not is_local(root):
        return []
    path = local_path(root)
    found = (os.path.join(folder, name) for folder, below, files in os.walk(path) for name in (*below, *files))
    out = sorted(os.path.relpath(each, path) for each in found if os.path.islink(each) and leads_out(root, each))
    return [""] * os.path.islink(path) + out


def make_dirs(uri: str) -> None:
    """Make a directory and its parents; one that exists already is fine."""
    if is_local(uri):
        with disk_faults_named(uri):
            os.makedirs(local_path(uri) or ".", exist_ok=True)
    else:
        fs, path = _remote(uri)
        fs.makedirs(path, exist_ok=True)


def remove_tree(uri: str) -> None:
    """Remove a file, or a directory with all that is in it; nothing there is fine. Links are not followed."""
    if not is_local(uri):
        fs, path = _remote(uri)
        if fs.exists(path):
            fs.rm(path, recursive=True)
        return
    path = local_path(uri)
    with disk_faults_named(uri):
        if not os.path.isdir(path) or os.path.islink(path):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            return
        while os.path.isdir(path):  # two processes may clean up behind a third: each finds gone what the other removed
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(path)


def rename(source: str, target: str) -> None:
    """Move a file or directory to another name on the same file system.

    Locally one atomic step, after which the target's folder is synced; a file that is there is replaced, a directory
    that is not empty is an ``OSError``. On an object store: copied object by object, then removed; not atomic.
    """
    if is_local(source) != is_local(target):
        raise ValueError(f"cannot rename across file systems: {source!r} to {target!r}")
    if is_local(source):
        _replace(local_path(source), local_path(target))
    else:
        fs, path = _remote(source)
        fs.mv(path, _remote(target)[1], recursive=fs.isdir(path))


def _replace(source: str, target: str) -> None:
    with disk_faults_named(target):
        os.replace(source, target)
        _sync_directory(os.path.dirname(target) or ".")


def _sync_directory(path: str) -> None:
    """Make a rename durable: the entry lives in the directory, which has buffers of its own."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def walk_files(root: str) -> list[str]:
    """Sorted relative names of all files under a directory; ``[""]`` when ``root`` itself is a file.

    Raises:
        FileNotFoundError: nothing is there.
    """
    if is_local(root):
        return _walk_local(local_path(root))
    fs, path = _remote(root)
    if fs.isfile(path):
        return [""]
    if not fs.exists(path):
        raise FileNotFoundError(root)
    prefix = path.rstrip("/") + "/"
    return sorted(str(name).removeprefix(prefix) for name in fs.find(path))


def _walk_local(root: str) -> list[str]:
    if not os.path.isdir(root):
        os.stat(root)  # raises where nothing is there
        return [""]
    found = (
        os.path.relpath(os.path.join(directory, name), root) for directory, _, names in os.walk(root) for name in names
    )
    return sorted(found)


def copy_file(source: str, target: str) -> None:
    """Copy one file, between any two file systems; the target appears when it is complete."""
    with open_input(source) as reader, atomic_output(target) as writer:
        shutil.copyfileobj(reader, writer, _CHUNK)


def copy_tree(source: str, target: str) -> None:
    """Copy a directory (or one file), between any two file systems. The target's directories are made."""
    if is_dir(source):
        make_dirs(target)
    for name in walk_files(source):
        copy_file(join(source, name), join(target, name))


def digest_tree(uri: str) -> str:
    """Hex sha256 over the relative names, sizes and contents of all files, in the order of their names.

    Every part is length-prefixed, so that no two trees share an input to the hash. Times and modes do not count.
    """
    digest = hashlib.sha256()
    for name in walk_files(uri):
        file_uri = join(uri, name)
        encoded = name.encode("utf-8", "surrogateescape")
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
        digest.update(file_status(file_uri).size.to_bytes(8, "little"))
        with open_input(file_uri) as reader:
            while chunk := reader.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def open_input(uri: str) -> BinaryIO:
    """Open a file for reading bytes; the caller closes it.

    Raises:
        OSError: it is not there, or a pipe, a socket or a device, which would be waited for and cannot be read twice.
    """
    if is_local(uri):
        _refuse_special(local_path(uri))
        return open(local_path(uri), "rb")
    fs, path = _remote(uri)
    return cast(BinaryIO, fs.open(path, "rb"))


def _refuse_special(path: str) -> None:
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # opening a directory fails by itself
        raise OSError(errno.EINVAL, "it is a pipe, a socket or a device", path)


@contextlib.contextmanager
def atomic_output(uri: str) -> Iterator[BinaryIO]:
    """Open a file for writing bytes that appears, complete, when the block ends; on an error it never appears.

    Parent directories are made. A file of that name is replaced in one step.
    """
    directory, separator, name = uri.rpartition("/")
    temporary = directory + separator + _temporary_name(name)
    with staged_output(temporary) as stream:
        yield stream
    try:
        rename(temporary, uri)
    except BaseException:
        remove_tree(temporary)
        raise


@contextlib.contextmanager
def staged_output(uri: str) -> Iterator[BinaryIO]:
    """Open a file for writing bytes under a hidden name, for a caller that renames it when its whole set is complete.

    Parent directories are made. When the block ends the bytes are on disk; on an error the file is removed.
    """
    make_dirs(uri.rpartition("/")[0])
    try:
        with _open_output(uri) as stream:
            yield stream
            stream.flush()
            if is_local(uri):
                with disk_faults_named(uri):
                    os.fsync(stream.fileno())
    except BaseException:
        remove_tree(uri)
        raise


def _open_output(uri: str) -> BinaryIO:
    if is_local(uri):
        with disk_faults_named(uri):
            return io.BufferedWriter(_OutputFile(local_path(uri), "x"))
    # Not fsspec's autocommit=False: some file systems ignore it, and then an error would leave half a file.
    fs, path = _remote(uri)
    return cast(BinaryIO, fs.open(path, "wb"))


class _OutputFile(io.FileIO):
    """A file whose writes say which file it was that could not be written."""

    def write(self, content: Buffer, /) -> int | None:  # type: ignore[override]
        with disk_faults_named(os.fsdecode(self.name)):
            return super().write(content)


def _temporary_name(name: str) -> str:
    """A hidden name that no other writer uses, for a file that is not complete."""
    return f".{name}.{secrets.token_hex(8)}.tmp"


def read_bytes(uri: str) -> bytes:
    """The whole content of a file."""
    with open_input(uri) as stream:
        return stream.read()


def read_text(uri: str) -> str:
    """The whole content of a UTF-8 file.

    Raises:
        DataError: it is not UTF-8.
    """
    try:
        return read_bytes(uri).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            "the file must be UTF-8 text",
            place=Place(uri=uri, offset=error.start),
            value=error.object[error.start : error.end],
            hint="the file is damaged, or something else's",
        ) from None


def write_bytes(uri: str, content: bytes) -> None:
    """Write a file in one atomic step."""
    with atomic_output(uri) as stream:
        stream.write(content)


def write_text(uri: str, content: str) -> None:
    """Write a UTF-8 file in one atomic step."""
    write_bytes(uri, content.encode("utf-8"))


def _remote(uri: str) -> tuple[Any, str]:
    """The fsspec file system of a URI, and the path in it."""
    from fsspec.core import url_to_fs  # only where a path is not local: saves its import from most processes

    fs, path = url_to_fs(uri)
    return fs, str(path)


def _with_scheme(uri: str, path: str) -> str:
    scheme = uri.partition("://")[0]
    return path if "://" in path else _plain(f"{scheme}://{path}")
