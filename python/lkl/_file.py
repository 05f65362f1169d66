# SPDX-License-Identifier: GPL-2.0-only
"""An open file of an image, as a raw stream of the module io."""

from __future__ import annotations

import errno
import io
import os
import threading
import weakref
from collections import deque
from typing import Any, Deque, Optional, Tuple

from . import _protocol as p
from ._client import Answer, Client

# Requests under way at the same time, for a file that is read from start to
# end.  It begins with one and doubles.
AHEAD_MAX = 16
# Writes whose answers are still to come.
BEHIND_MAX = 16

# The layers of a file, the outermost first.
LAYERS = (io.TextIOBase, io.BufferedIOBase, io.RawIOBase)

SEEK_DATA_ERROR = "only SEEK_SET, SEEK_CUR and SEEK_END are supported"


class ImageFile(io.RawIOBase):
    """A file without buffers; ``Image.open()`` puts these in front of it.

    What is read from start to end is asked for ahead.  Writes are sent without
    waiting for their answers: an error is raised by a later call, at the latest
    by ``flush()``, ``fsync()`` or ``close()``.
    """

    def __init__(self, client: Client, handle: bytes, name: str,
                 readable: bool, writable: bool, appending: bool,
                 image: object) -> None:
        super().__init__()
        self._image = image             # not closed while it is used
        self.name = name
        self._client = client
        self._handle = p.string(handle)
        self._readable = readable
        self._writable = writable
        self._appending = appending
        self._lock = threading.RLock()  # of all below
        self._position = 0
        self._left = memoryview(b"")    # read, and not yet handed out
        self._ahead: Deque[Tuple[Answer, int]] = deque()
        self._ahead_to = 0              # offset behind the last request
        self._depth = 1
        self._at_end = False            # the last read was a short one
        self._behind: Deque[Answer] = deque()

    # ---- Reading ----

    def _forget_ahead(self) -> None:
        self._left = memoryview(b"")
        self._ahead.clear()
        self._ahead_to = self._position
        self._depth = 1

    def _ask(self, size: int) -> None:
        self._ahead.append((self._client.send(
            p.READ, self._handle, p.u64(self._ahead_to), p.u32(size)), size))
        self._ahead_to += size

    def _fill(self, wanted: int) -> bool:
        """Get the next data; false at the end of the file."""
        size = self._client.read_max
        if not self._ahead:
            # The first read asks for no more than is wanted.
            self._ahead_to = self._position
            if self._depth == 1:
                size = min(size, max(wanted, 4096))
            self._ask(size)
        while (self._depth > 1 or wanted > size) and len(self._ahead) < max(
                self._depth, min(AHEAD_MAX, wanted // size + 1)):
            self._ask(self._client.read_max)
        self._depth = min(2 * self._depth, AHEAD_MAX)
        answer, asked = self._ahead.popleft()
        try:
            data = self._client.wait(answer, p.DATA, self.name).string()
        except EOFError:
            self._forget_ahead()
            return False
        self._at_end = len(data) < asked
        if self._at_end:
            # If more is there by then, it begins at another offset.
            self._ahead.clear()
        self._left = memoryview(data)
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; 0 at the end of the file."""
        with self._lock:
            self._check(self._readable, "not readable")
            view = memoryview(buffer).cast("B")
            done = 0
            while done < len(view):
                if not self._left and not self._fill(len(view) - done):
                    break
                n = min(len(view) - done, len(self._left))
                view[done:done + n] = self._left[:n]
                self._left = self._left[n:]
                self._position += n
                done += n
            return done

    def readall(self) -> bytes:
        """Read up to the end of the file."""
        with self._lock:
            self._check(self._readable, "not readable")
            pieces = []
            # One more byte, so that the last read is a short one.
            size = max(self.stat().st_size - self._position, 0) + 1
            self._at_end = False
            while self._left or (not self._at_end and self._fill(size)):
                pieces.append(self._left)
                self._position += len(self._left)
                size = max(size - len(self._left), 1)
                self._left = memoryview(b"")
            return b"".join(pieces)

    # ---- Writing ----

    def _settle(self, most: int) -> None:
        """Wait until so many writes or fewer are without an answer."""
        error: Optional[OSError] = None
        while len(self._behind) > most:
            try:
                self._client.wait(self._behind.popleft(), p.STATUS, self.name)
            except OSError as one:
                error = error or one
        if error:
            raise error

    def write(self, buffer: Any) -> int:
        """Write all of a buffer."""
        with self._lock:
            self._check(self._writable, "not writable")
            view = memoryview(buffer).cast("B")
            size = self._client.write_max
            for at in range(0, len(view), size):
                part = view[at:at + size]
                self._settle(BEHIND_MAX - 1)
                self._behind.append(self._client.send(
                    p.WRITE, self._handle, p.u64(self._position + at),
                    p.u32(len(part)), part))
            self._position += len(view)
            if self._appending and len(view):
                self._position = self.stat().st_size
            self._forget_ahead()
            return len(view)

    def flush(self) -> None:
        """Wait until all writes have succeeded."""
        if self.closed:
            return
        with self._lock:
            self._settle(0)

    def fsync(self) -> None:
        """Wait until all writes are on stable storage, as ``os.fsync()``."""
        with self._lock:
            self._check(True, "")
            self._settle(0)
            self._client.extended_status(b"fsync@openssh.com", self._handle,
                                         path=self.name)

    def truncate(self, size: Optional[int] = None) -> int:
        """Set the size; the position stays."""
        with self._lock:
            self._check(self._writable, "not writable")
            self._settle(0)
            size = self._position if size is None else size
            self._client.request(p.FSETSTAT, p.STATUS, self._handle,
                                 p.attributes(size=size), path=self.name)
            self._forget_ahead()
            return size

    # ---- The file ----

    def _check(self, allowed: bool, what: str) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        if not allowed:
            raise io.UnsupportedOperation(what)

    @property
    def handle(self) -> bytes:
        """The handle, packed, for requests that take one."""
        return self._handle

    def stat(self) -> os.stat_result:
        """As ``os.fstat()``."""
        self._check(True, "")
        return self._client.request(p.FSTAT, p.ATTRS, self._handle,
                                    path=self.name).attributes()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Change the position."""
        with self._lock:
            self._check(True, "")
            if whence == os.SEEK_CUR:
                offset += self._position
            elif whence == os.SEEK_END:
                offset += self.stat().st_size
            elif whence != os.SEEK_SET:
                raise ValueError(SEEK_DATA_ERROR)
            if offset < 0:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            ahead = offset - self._position
            if 0 <= ahead <= len(self._left):
                self._left = self._left[ahead:]
                self._position = offset
            else:
                self._position = offset
                self._forget_ahead()
            return offset

    def tell(self) -> int:
        """The position."""
        self._check(True, "")
        return self._position

    def readable(self) -> bool:
        """Whether it was opened for reading."""
        return self._readable

    def writable(self) -> bool:
        """Whether it was opened for writing."""
        return self._writable

    def seekable(self) -> bool:
        """All files are."""
        return True

    def close(self) -> None:
        """Close it; raises the error of a write before."""
        if self.closed:
            return
        with self._lock:
            try:
                # The image may have been closed before.
                if not self._client.closed:
                    self._settle(0)
            finally:
                super().close()
                self._forget_ahead()
                if not self._client.closed:
                    self._client.request(p.CLOSE, p.STATUS, self._handle,
                                         path=self.name)

    def __repr__(self) -> str:
        return f"<lkl.ImageFile {self.name!r}>"


class OpenFiles:
    """The files of an image that somebody still knows, with all their layers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: weakref.WeakSet[io.IOBase] = weakref.WeakSet()

    def add(self, file: io.IOBase) -> None:
        """Remember a layer of a file; it may be forgotten and closed."""
        with self._lock:
            self._files.add(file)

    def close(self) -> None:
        """Write what their buffers hold and close them.

        All are closed; then the error of the first that failed is raised.
        """
        with self._lock:
            files = list(self._files)
        failed: Optional[Exception] = None
        for layer in LAYERS:
            for file in files:
                if not isinstance(file, layer):
                    continue
                try:
                    if file.closed:
                        continue
                except ValueError:
                    # The layer below was detached from it, and is in the list.
                    continue
                try:
                    file.close()
                except Exception as error:  # pylint: disable=W0718
                    failed = failed or error
        if failed:
            raise failed
