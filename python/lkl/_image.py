# SPDX-License-Identifier: GPL-2.0-only
"""An open image, with the calls of the modules os, os.path and shutil."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import posixpath
import secrets
import shutil
import stat
import time
import weakref
from types import TracebackType
from typing import (IO, TYPE_CHECKING, Any, Callable, Iterator, List, Mapping,
                    Optional, Sequence, Tuple, Type, Union, overload)

from . import _protocol as p
from ._client import Client, ImageError
from ._file import ImageFile, OpenFiles

if TYPE_CHECKING:
    from ._path import Path
    TextPath = Union[str, os.PathLike[str], Path]
    AnyPath = Union[TextPath, bytes, os.PathLike[bytes]]

COPY_SIZE = 4 << 20
# Large enough that requests of the largest size reach the raw file.
BUFFER_SIZE = 256 << 10


def to_text(path: "AnyPath") -> str:
    """A path as text; bytes that are not UTF-8 become surrogates."""
    if isinstance(path, str):
        return path
    from ._path import Path  # pylint: disable=C0415,R0401
    if isinstance(path, Path):
        return str(path)
    path = os.fspath(path)
    return from_wire(path) if isinstance(path, bytes) else path


def to_wire(path: "AnyPath") -> bytes:
    """A path as a packed string."""
    data = to_text(path).encode("utf-8", "surrogateescape")
    if b"\0" in data:
        raise ValueError("embedded null byte")
    return p.string(data)


def from_wire(name: bytes) -> str:
    """A name as text."""
    return name.decode("utf-8", "surrogateescape")


def new_name() -> str:
    """A name for a file that is not complete yet."""
    return f".lkl-{secrets.token_hex(8)}"


def copy_data(src: Any, dst: Any) -> None:
    """Copy all of a file; blocks of zeroes become holes."""
    zeroes = bytes(COPY_SIZE)
    buffer = memoryview(bytearray(COPY_SIZE))
    while True:
        n = src.readinto(buffer)
        if not n:
            break
        if buffer[:n] == zeroes[:n]:
            dst.seek(n, os.SEEK_CUR)
        else:
            dst.write(buffer[:n])
    dst.truncate()


def show_as(error: BaseException, temporary: str, name: str) -> None:
    """Let an error name the file that the caller knows."""
    if isinstance(error, OSError) and error.filename == temporary:
        error.filename = name


def check_kind(mode: int, name: str) -> None:
    """Raise an error if it is no file that can be read and written."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", name)


def end_image(client: Client, files: OpenFiles) -> None:
    """Close the files of an image, then the image."""
    try:
        if not client.foreign:
            files.close()
    finally:
        client.close()


def forget_image(client: Client, files: OpenFiles) -> None:
    """End an image that nobody closed; a child leaves it to its parent."""
    if not client.foreign:
        end_image(client, files)


class DirEntry:
    """An entry of ``Image.scandir()``, as ``os.DirEntry``."""

    __slots__ = ("name", "path", "_fs", "_stat")

    def __init__(self, fs: "Image", directory: str, name: str,
                 st: os.stat_result) -> None:
        self.name = name
        self.path = posixpath.join(directory, name)
        self._fs = fs
        self._stat = st

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Its attributes; only those of a link's target are asked for."""
        if follow_symlinks and self.is_symlink():
            return self._fs.stat(self.path)
        if not self._stat.st_mode:
            return self._fs.lstat(self.path)
        return self._stat

    def inode(self) -> int:
        """Its inode number."""
        return self.stat(follow_symlinks=False).st_ino

    def _is(self, check: Callable[[int], bool], follow: bool) -> bool:
        try:
            return check(self.stat(follow_symlinks=follow).st_mode)
        except FileNotFoundError:
            return False

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a directory."""
        return self._is(stat.S_ISDIR, follow_symlinks)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a regular file."""
        return self._is(stat.S_ISREG, follow_symlinks)

    def is_symlink(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self._stat.st_mode)

    def __repr__(self) -> str:
        return f"<lkl.DirEntry {self.name!r}>"


class _Scan:
    """The iterator of scandir(), which is a context manager, too."""

    def __init__(self, entries: Iterator[DirEntry]) -> None:
        self._entries = entries

    def __iter__(self) -> Iterator[DirEntry]:
        return self

    def __next__(self) -> DirEntry:
        return next(self._entries)

    def __enter__(self) -> "_Scan":
        return self

    def __exit__(self, *args: Any) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is left open."""
        self._entries = iter(())


class Image:
    """A disk image whose files can be read and written.

    Any number of images may be open, and any thread may use them.  Paths begin
    at the root directory of the image, with or without a slash in front.

    ``disks`` are further images of a file system that is on several.
    ``system`` is ``True`` for a whole operating system with all that it mounts, or
    the name of one of several.
    ``key_file`` is a file with the passphrase of all encrypted volumes, and
    ``keys`` has a file for each of some volumes, by their names; ``unlock``
    names volumes that are opened although they are not needed, or ``"all"``.

    ``program`` is the name of ``lklfs`` if it is not in ``$PATH``, and ``options``
    are further options of it; those that have an argument here are described
    in lkl-common-options(7).
    """

    def __init__(self, image: Union[str, bytes, "os.PathLike[str]"], *,
                 partition: Union[int, str, None] = None,
                 volume: Optional[str] = None,
                 system: Union[bool, str] = False,
                 disks: Sequence[Union[str, bytes, "os.PathLike[str]"]] = (),
                 degraded: bool = False,
                 key_file: Union[str, bytes, "os.PathLike[str]", None] = None,
                 keys: Optional[Mapping[str, Union[
                     str, bytes, "os.PathLike[str]"]]] = None,
                 unlock: Union[str, Sequence[str]] = (),
                 luks_header: Union[
                     str, bytes, "os.PathLike[str]", None] = None,
                 verity_root_hash: Optional[str] = None,
                 read_only: bool = False, snapshot: bool = False,
                 format: Optional[str] = None,  # pylint: disable=W0622
                 type: Optional[str] = None,    # pylint: disable=W0622
                 offset: Optional[int] = None, size: Optional[int] = None,
                 mount_options: Optional[str] = None,
                 memory: Optional[int] = None,
                 image_snapshot: Optional[str] = None,
                 allow_backing: bool = False,
                 options: Sequence[str] = (),
                 program: Optional[str] = None) -> None:
        self.name = os.fsdecode(image)
        command: List[str] = [
            program or os.environ.get("LKLFS") or "lklfs", "sftp"]
        for given, name in ((read_only, "read-only"), (snapshot, "snapshot"),
                            (allow_backing, "allow-backing"),
                            (degraded, "degraded")):
            if given:
                command.append(f"--{name}")
        if system:
            command.append("--system" if system is True
                           else f"--system={system}")
        for value, name in ((partition, "partition"), (format, "format"),
                            (type, "type"), (offset, "offset"),
                            (size, "size"), (memory, "memory"),
                            (mount_options, "mount-options"),
                            (volume, "volume"),
                            (verity_root_hash, "verity-root-hash"),
                            (image_snapshot, "image-snapshot")):
            if value is not None:
                command.append(f"--{name}={value}")
        for file, name in (*((disk, "disk") for disk in disks),
                           (key_file, "key-file"),
                           (luks_header, "luks-header")):
            if file is not None:
                command.append(f"--{name}={os.fsdecode(file)}")
        command += [f"--key={name}:file:{os.fsdecode(file)}"
                    for name, file in (keys or {}).items()]
        command += [f"--unlock={name}" for name in (
            [unlock] if isinstance(unlock, str) else unlock)]
        self._client = Client([*command, *options, "--", self.name], self.name)
        self._files = OpenFiles()
        # At the latest when nobody knows it any more, or the program ends.
        weakref.finalize(self, forget_image, self._client, self._files)

    # ---- The image ----

    def close(self) -> None:
        """Write everything to the image and close it.

        Files that are still open are closed first, with what their buffers
        hold.  Raises the OSError of a file that could not be written, or
        ImageError if the image could not be closed.
        """
        end_image(self._client, self._files)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._client.closed

    def __enter__(self) -> "Image":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        try:
            self.close()
        except Exception:  # pylint: disable=W0718
            # The error that came first says more.
            if error is None:
                raise

    def __repr__(self) -> str:
        return f"<lkl.Image {self.name!r}{' closed' if self.closed else ''}>"

    def path(self, *parts: str) -> "Path":
        """A path of this image, with the methods of ``pathlib.Path``."""
        from ._path import Path  # pylint: disable=C0415,R0401
        return Path(self, *(parts or ("/",)))

    # ---- Files ----

    def open_raw(self, path: "AnyPath", mode: str = "rb",
                 permissions: int = 0o666) -> ImageFile:
        """Open a file without a buffer."""
        kinds = set(mode) - set("bt+")
        if len(kinds) != 1 or not kinds <= set("rwxa"):
            raise ValueError(f"invalid mode: {mode!r}")
        kind = kinds.pop()
        flags = {"r": 0,
                 "w": p.OPEN_CREATE | p.OPEN_TRUNCATE,
                 "x": p.OPEN_CREATE | p.OPEN_EXCLUSIVE,
                 "a": p.OPEN_CREATE | p.OPEN_APPEND}[kind]
        readable = kind == "r" or "+" in mode
        writable = kind != "r" or "+" in mode
        flags |= p.OPEN_READ if readable else 0
        flags |= p.OPEN_WRITE if writable else 0
        name = to_text(path)
        try:
            handle = self._client.request(
                p.OPEN, p.HANDLE, to_wire(path), p.u32(flags),
                p.attributes(mode=permissions) if permissions != 0o666 else
                p.attributes(), path=name).string()
        except OSError as error:
            # Of a socket, or of a fifo that nobody reads.
            if error.errno == errno.ENXIO:
                check_kind(self._mode(path, True), name)
            raise
        file = ImageFile(self._client, handle, name, readable, writable,
                         kind == "a", self)
        self._files.add(file)
        try:
            check_kind(file.stat().st_mode, name)
            if kind == "a":
                file.seek(0, os.SEEK_END)
        except BaseException:
            file.close()
            raise
        return file

    def open(self, path: "AnyPath", mode: str = "r", buffering: int = -1,
             encoding: Optional[str] = None, errors: Optional[str] = None,
             newline: Optional[str] = None) -> IO[Any]:
        """Open a file, as the function ``open()`` does.

        Text is UTF-8 if no encoding is given.
        """
        binary = "b" in mode
        if binary and ("t" in mode or encoding or errors or newline):
            raise ValueError("binary mode takes no encoding, errors or newline")
        if buffering == 0 and not binary:
            raise ValueError("can't have unbuffered text I/O")
        raw = self.open_raw(path, mode)
        if buffering == 0:
            return raw  # type: ignore[return-value]
        size = buffering if buffering > 1 else BUFFER_SIZE
        buffered: Any
        if raw.readable() and raw.writable():
            buffered = io.BufferedRandom(raw, size)
        elif raw.writable():
            buffered = io.BufferedWriter(raw, size)
        else:
            buffered = io.BufferedReader(raw, size)
        self._files.add(buffered)
        if binary:
            return buffered  # type: ignore[no-any-return]
        try:
            text = io.TextIOWrapper(buffered, encoding or "utf-8", errors,
                                    newline, buffering == 1)
        except BaseException:
            buffered.close()
            raise
        self._files.add(text)
        return text

    def truncate(self, path: "AnyPath", length: int) -> None:
        """As ``os.truncate()``."""
        self._set(path, p.attributes(size=length))

    def copyfile(self, source: "AnyPath", target: "AnyPath") -> None:
        """Copy the data of a file inside the image.

        The copy shares its blocks with the file if the file system can do that.
        """
        with self.open_raw(source) as src:
            info = src.stat()
            try:
                found = self.stat(target)
            except FileNotFoundError:
                pass
            else:
                if info.st_ino and found.st_ino == info.st_ino:
                    raise shutil.SameFileError(
                        f"{to_text(source)!r} and {to_text(target)!r} are the "
                        "same file")
            with self.open_raw(target, "wb") as dst:
                if info.st_size:
                    self._client.extended_status(
                        b"copy-data", src.handle, p.u64(0), p.u64(0),
                        dst.handle, p.u64(0), path=to_text(target))

    def get(self, path: "AnyPath", local: Union[
            str, bytes, "os.PathLike[Any]"]) -> None:
        """Copy a file out of the image; holes stay holes.

        It gets its name when all of it is there: after an error, a file that
        was there before is as it was.
        """
        target = os.path.realpath(os.fsdecode(local))
        with self.open_raw(path) as src:
            try:
                mode = os.stat(target).st_mode
            except FileNotFoundError:
                mode = 0
            if mode and not stat.S_ISREG(mode):
                # A device or a pipe.
                with open(target, "wb") as device:
                    while data := src.read(COPY_SIZE):
                        device.write(data)
                return
            temporary = os.path.join(os.path.dirname(target), new_name())
            try:
                with open(temporary, "xb") as dst:
                    copy_data(src, dst)
                if mode:
                    os.chmod(temporary, stat.S_IMODE(mode))
                os.replace(temporary, target)
            except BaseException as error:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                show_as(error, temporary, target)
                raise

    def put(self, local: Union[str, bytes, "os.PathLike[Any]"],
            path: "AnyPath") -> None:
        """Copy a file of the host into the image; holes stay holes.

        It gets its name when all of it is there: after an error, a file that
        was there before is as it was.  Such a file is replaced by a new one
        with its owner, permissions and extended attributes; other names of it
        (hard links) keep what they had.
        """
        name = to_text(path)
        with open(local, "rb") as src:
            check_kind(self._mode(path, True), name)
            target = self.realpath(path) if self.islink(path) else name
            temporary = posixpath.join(posixpath.dirname(target), new_name())
            try:
                with self.open_raw(temporary, "xb") as dst:
                    copy_data(src, dst)
                self._client.extended_status(
                    b"replace@lkl", to_wire(temporary), to_wire(target),
                    path=name)
            except BaseException as error:
                with contextlib.suppress(OSError, ValueError):
                    self.remove(temporary)
                show_as(error, temporary, name)
                raise

    # ---- Directories ----

    def scandir(self, path: "AnyPath" = "/") -> _Scan:
        """As ``os.scandir()``."""
        name = to_text(path)
        handle = p.string(self._client.request(
            p.OPENDIR, p.HANDLE, to_wire(path), path=name).string())
        entries: List[DirEntry] = []
        try:
            # The next request is under way while an answer is taken apart.
            answer = self._client.send(p.READDIR, handle)
            while True:
                reader = self._client.wait(answer, p.NAME, name)
                answer = self._client.send(p.READDIR, handle)
                entries += [DirEntry(self, name, from_wire(entry), st)
                            for entry, st in self._client.names(reader)
                            if entry not in (b".", b"..")]
        except EOFError:
            pass
        finally:
            self._client.request(p.CLOSE, p.STATUS, handle, path=name)
        return _Scan(iter(entries))

    @overload
    def listdir(self, path: "TextPath" = "/") -> List[str]: ...

    @overload
    def listdir(self, path: Union[bytes, "os.PathLike[bytes]"]
                ) -> List[bytes]: ...

    def listdir(self, path: "AnyPath" = "/"
                ) -> Union[List[str], List[bytes]]:
        """As ``os.listdir()``: names are bytes if the path is."""
        names = [entry.name for entry in self.scandir(path)]
        if isinstance(path, os.PathLike):
            path = os.fspath(path)
        if isinstance(path, bytes):
            return [name.encode("utf-8", "surrogateescape") for name in names]
        return names

    def walk(self, top: "AnyPath" = "/", topdown: bool = True,
             onerror: Optional[Callable[[OSError], Any]] = None,
             followlinks: bool = False
             ) -> Iterator[Tuple[str, List[str], List[str]]]:
        """As ``os.walk()``."""
        base = to_text(top)
        directories: List[str] = []
        others: List[str] = []
        try:
            entries = self.scandir(base)
        except OSError as error:
            if onerror:
                onerror(error)
            return
        for entry in entries:
            try:
                is_directory = entry.is_dir()
            except OSError:
                is_directory = False
            (directories if is_directory else others).append(entry.name)
        if topdown:
            yield base, directories, others
        for name in directories:
            below = posixpath.join(base, name)
            if followlinks or not self.islink(below):
                yield from self.walk(below, topdown, onerror, followlinks)
        if not topdown:
            yield base, directories, others

    def mkdir(self, path: "AnyPath", mode: int = 0o777) -> None:
        """As ``os.mkdir()``, with the umask of this program."""
        self._request(p.MKDIR, path, to_wire(path), p.attributes(mode=mode))

    def makedirs(self, path: "AnyPath", mode: int = 0o777,
                 exist_ok: bool = False) -> None:
        """As ``os.makedirs()``."""
        name = to_text(path)
        head = posixpath.dirname(name.rstrip("/"))
        if head and not self.exists(head):
            self.makedirs(head, exist_ok=True)
        try:
            self.mkdir(name, mode)
        except OSError:
            if not exist_ok or not self.isdir(name):
                raise

    def rmdir(self, path: "AnyPath") -> None:
        """As ``os.rmdir()``."""
        self._request(p.RMDIR, path, to_wire(path))

    def rmtree(self, path: "AnyPath") -> None:
        """Remove a directory with all that is in it; follows no link."""
        for entry in self.scandir(path):
            if entry.is_dir(follow_symlinks=False):
                self.rmtree(entry.path)
            else:
                self.remove(entry.path)
        self.rmdir(path)

    # ---- Names ----

    def remove(self, path: "AnyPath") -> None:
        """As ``os.remove()``."""
        self._request(p.REMOVE, path, to_wire(path))

    unlink = remove

    def rename(self, source: "AnyPath", target: "AnyPath") -> None:
        """As ``os.rename()``: a file that exists is replaced."""
        self._client.extended_status(b"posix-rename@openssh.com",
                                     to_wire(source), to_wire(target),
                                     path=to_text(source))

    replace = rename

    def rename_new(self, source: "AnyPath", target: "AnyPath") -> None:
        """Rename, but raise FileExistsError if the new name exists."""
        self._request(p.RENAME, target, to_wire(source), to_wire(target))

    def symlink(self, target: "AnyPath", path: "AnyPath") -> None:
        """As ``os.symlink()``: make ``path``, which leads to ``target``."""
        self._request(p.SYMLINK, path, to_wire(target), to_wire(path))

    def link(self, source: "AnyPath", path: "AnyPath") -> None:
        """As ``os.link()``."""
        self._client.extended_status(b"hardlink@openssh.com", to_wire(source),
                                     to_wire(path), path=to_text(path))

    def readlink(self, path: "AnyPath") -> str:
        """As ``os.readlink()``."""
        return self._name(p.READLINK, path)

    def realpath(self, path: "AnyPath") -> str:
        """As ``os.path.realpath()``; only the last component may be missing."""
        return self._name(p.REALPATH, path)

    # ---- Attributes ----

    def stat(self, path: "AnyPath", *,
             follow_symlinks: bool = True) -> os.stat_result:
        """As ``os.stat()``; st_dev is 0."""
        return self._client.request(p.STAT if follow_symlinks else p.LSTAT,
                                    p.ATTRS, to_wire(path),
                                    path=to_text(path)).attributes()

    def lstat(self, path: "AnyPath") -> os.stat_result:
        """As ``os.lstat()``."""
        return self.stat(path, follow_symlinks=False)

    def chmod(self, path: "AnyPath", mode: int, *,
              follow_symlinks: bool = True) -> None:
        """As ``os.chmod()``."""
        self._set(path, p.attributes(mode=mode), follow_symlinks)

    def chown(self, path: "AnyPath", uid: int, gid: int, *,
              follow_symlinks: bool = True) -> None:
        """As ``os.chown()``: -1 stands for no change."""
        self._set(path, p.attributes(owner=(uid, gid)), follow_symlinks)

    def utime(self, path: "AnyPath",
              times: Optional[Tuple[float, float]] = None, *,
              ns: Optional[Tuple[int, int]] = None,
              follow_symlinks: bool = True) -> None:
        """As ``os.utime()``."""
        if times is not None and ns is not None:
            raise ValueError("utime: give times or ns, not both")
        if times is not None:
            ns = (round(times[0] * 10**9), round(times[1] * 10**9))
        elif ns is None:
            now = time.time_ns()
            ns = (now, now)
        self._set(path, p.attributes(times_ns=ns), follow_symlinks)

    def statvfs(self, path: "AnyPath" = "/") -> os.statvfs_result:
        """As ``os.statvfs()``."""
        reader = p.Reader(self._client.extended(
            b"statvfs@openssh.com", to_wire(path), path=to_text(path)))
        (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, fsid,
         flag, namemax) = (reader.u64() for _ in range(11))
        return os.statvfs_result((bsize, frsize, blocks, bfree, bavail, files,
                                  ffree, favail, flag, namemax, fsid))

    # ---- Questions ----

    def _mode(self, path: "AnyPath", follow: bool) -> int:
        try:
            return self.stat(path, follow_symlinks=follow).st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP,
                               errno.ENAMETOOLONG):
                return 0
            raise

    def exists(self, path: "AnyPath") -> bool:
        """As ``os.path.exists()``."""
        return self._mode(path, True) != 0

    def lexists(self, path: "AnyPath") -> bool:
        """As ``os.path.lexists()``."""
        return self._mode(path, False) != 0

    def isdir(self, path: "AnyPath") -> bool:
        """As ``os.path.isdir()``."""
        return stat.S_ISDIR(self._mode(path, True))

    def isfile(self, path: "AnyPath") -> bool:
        """As ``os.path.isfile()``."""
        return stat.S_ISREG(self._mode(path, True))

    def islink(self, path: "AnyPath") -> bool:
        """As ``os.path.islink()``."""
        return stat.S_ISLNK(self._mode(path, False))

    def getsize(self, path: "AnyPath") -> int:
        """As ``os.path.getsize()``."""
        return self.stat(path).st_size

    # ---- Requests ----

    def _request(self, kind: int, path: "AnyPath", *parts: bytes) -> None:
        self._client.request(kind, p.STATUS, *parts, path=to_text(path))

    def _name(self, kind: int, path: "AnyPath") -> str:
        reader = self._client.request(kind, p.NAME, to_wire(path),
                                      path=to_text(path))
        return from_wire(self._client.names(reader)[0][0])

    def _set(self, path: "AnyPath", attributes: bytes,
             follow: bool = True) -> None:
        if follow:
            self._request(p.SETSTAT, path, to_wire(path), attributes)
        else:
            self._client.extended_status(b"lsetstat@openssh.com",
                                         to_wire(path), attributes,
                                         path=to_text(path))
