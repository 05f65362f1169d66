# SPDX-License-Identifier: GPL-2.0-only
"""A process ``lklfs sftp``, and requests to it from any thread."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import tempfile
import threading
import weakref
from typing import IO, Dict, List, NoReturn, Optional, Tuple

from . import _protocol as p


class ImageError(OSError):
    """The image could not be opened or closed, or its process has ended.

    ``strerror`` is the sentence of the tool, ``filename`` the image.  ``details``
    are further lines, such as the table of partitions.
    """

    details: str = ""

    def __str__(self) -> str:
        return str(self.strerror)


class Answer:
    """An answer that may still have to come."""

    __slots__ = ("_arrived", "kind", "body")

    def __init__(self) -> None:
        self._arrived = threading.Lock()
        self._arrived.acquire()
        self.kind = 0
        self.body = b""

    def arrive(self, kind: int, body: bytes) -> None:
        """Wake the thread that waits; kind 0: there will be no answer."""
        self.kind = kind
        self.body = body
        self._arrived.release()

    def wait(self) -> None:
        """Wait until it is there."""
        self._arrived.acquire()
        self._arrived.release()


# Of this process, for a child that fork() makes.
clients: weakref.WeakSet[Client] = weakref.WeakSet()


def drop_pipes() -> None:
    """In a child: let go of the pipes, or the parent's close() would wait."""
    for client in list(clients):
        client.drop_pipes()


os.register_at_fork(after_in_child=drop_pipes)


class Client:
    """The connection to one process.

    A thread takes in all answers, so that the process never waits for this
    program to read.  Requests may be sent from any thread, many at a time.
    """

    def __init__(self, command: List[str], image: str) -> None:
        self._image = image
        self._owner = os.getpid()
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        # For the order of what is sent.  The receiving thread never takes it:
        # the process may wait for that thread while somebody sends.
        self._send_lock = threading.Lock()
        self._lock = threading.Lock()   # of all below
        self._waiting: Dict[int, Answer] = {}
        self._last_id = 0
        self._broken: Optional[ImageError] = None
        self._closed = False
        self.extensions: Dict[bytes, bytes] = {}
        self.read_max = self.write_max = 32768
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=self._errors, bufsize=0,
                # Ctrl-C is for this program, which closes the image.
                start_new_session=True)
        except OSError as error:
            self._errors.close()
            raise ImageError(error.errno, "cannot start the program "
                             f"{command[0]}: {error.strerror}",
                             image) from None
        assert self._process.stdin and self._process.stdout
        self._in = self._process.stdin
        self._out = self._process.stdout
        clients.add(self)
        try:
            self._greet()
        except BaseException:
            self._end()
            raise
        self._thread = threading.Thread(target=self._receive, daemon=True,
                                        name=f"lkl {image}")
        self._thread.start()
        if b"limits@openssh.com" in self.extensions:
            limits = p.Reader(self.extended(b"limits@openssh.com"))
            limits.u64()
            self.read_max = limits.u64() or self.read_max
            self.write_max = limits.u64() or self.write_max

    # ---- The process ----

    def _greet(self) -> None:
        greeting = (bytes([p.INIT]) + p.u32(p.VERSION) + p.string(p.DETAILS) +
                    p.string(b"1"))
        try:
            self._send(p.string(greeting))
            packet = self._read_packet(bytearray())
            if packet is not None:
                self._take_greeting(p.Reader(packet))
        except OSError:
            packet = None
        except (ValueError, struct.error):
            raise ImageError(errno.EPROTO, "the program speaks no SFTP",
                             self._image) from None
        if packet is None:
            self._fail()

    def _take_greeting(self, reader: p.Reader) -> None:
        kind = reader.data[:1]
        reader.at = 1
        if kind != bytes([p.VERSION_REPLY]) or reader.u32() != p.VERSION:
            raise ValueError("no greeting")
        while reader.left():
            name = reader.string()
            self.extensions[name] = reader.string()

    def _error(self, status: int) -> ImageError:
        """The error that the program has described on its standard error."""
        self._errors.seek(0)
        text = self._errors.read(65536).decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line]
        said = [line.split("lklfs: ", 1)[1] for line in lines
                if line.startswith("lklfs: ")]
        if not said:
            said, lines = lines, []
        error = ImageError(errno.EIO, "; ".join(said) or
                           f"the program has ended with status {status}",
                           self._image)
        error.details = "\n".join(line for line in lines
                                  if not line.startswith("lklfs: "))
        return error

    def _fail(self) -> NoReturn:
        """The process has ended on its own."""
        raise self._error(self._process.wait())

    def _end(self) -> None:
        self._closed = True
        self.drop_pipes()
        self._process.wait()
        self._errors.close()

    @property
    def foreign(self) -> bool:
        """Whether this is a child of the process that opened the image."""
        return os.getpid() != self._owner

    def _check_owner(self) -> None:
        """In a child no thread takes in answers, and locks may stay locked."""
        if self.foreign:
            raise RuntimeError("the image was opened by another process")

    def drop_pipes(self) -> None:
        """Close this process's ends of the pipes."""
        for pipe in (self._in, self._out):
            try:
                pipe.close()
            except OSError:
                pass

    def close(self) -> None:
        """Have the image closed, and wait for it."""
        self._check_owner()
        with self._send_lock:
            with self._lock:
                if self._closed:
                    return
                self._closed = True
            try:
                self._in.close()
            except OSError:
                pass
        self._thread.join()
        status = self._process.wait()
        self._out.close()
        error = self._error(status)
        self._errors.close()
        if status:
            raise error

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    # ---- Packets ----

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._in.write(view):]

    def _read_packet(self, rest: bytearray) -> Optional[bytes]:
        """Read one packet; what was read behind it stays in rest."""
        while len(rest) < 4 or len(rest) < 4 + struct.unpack_from(
                ">I", rest)[0]:
            more = os.read(self._out.fileno(), 1 << 20)
            if not more:
                return None
            rest += more
            if rest[0]:     # text, or 16 MiB
                raise ValueError("no packet")
        end = 4 + struct.unpack_from(">I", rest)[0]
        packet = bytes(memoryview(rest)[4:end])
        del rest[:end]
        return packet

    def _receive(self) -> None:
        rest = bytearray()
        while True:
            try:
                packet = self._read_packet(rest)
            except (OSError, ValueError):
                packet = None
            if packet is None:
                break
            number = struct.unpack_from(">I", packet, 1)[0]
            with self._lock:
                answer = self._waiting.pop(number, None)
            if answer is not None:
                answer.arrive(packet[0], packet)
        with self._lock:
            left = list(self._waiting.values())
            self._waiting.clear()
            if not self._closed:
                try:
                    self._fail()
                except ImageError as error:
                    self._broken = error
        for answer in left:
            answer.arrive(0, b"")

    def send(self, kind: int, *parts: p.Bytes) -> Answer:
        """Send a request, without waiting for its answer."""
        self._check_owner()
        answer = Answer()
        body = b"".join(parts)
        with self._send_lock:
            with self._lock:
                self._check_open()
                self._last_id = (self._last_id + 1) & 0xffffffff
                self._waiting[self._last_id] = answer
            head = struct.pack(">IBI", len(body) + 5, kind, self._last_id)
            try:
                self._send(head + body)
            except OSError:
                # The receiving thread sees the end, too, and says why.
                pass
        return answer

    def _check_open(self) -> None:
        if self._broken:
            raise ImageError(self._broken.errno, self._broken.strerror,
                             self._image)
        if self._closed:
            raise ValueError("the image is closed")

    # ---- Answers ----

    def _raise_status(self, body: bytes, path: Optional[str]) -> None:
        """Raise the error that a STATUS packet stands for, if it is one."""
        reader = p.Reader(body, 5)
        status = reader.u32()
        if status == p.STATUS_OK:
            return
        if status == p.STATUS_EOF:
            raise EOFError
        sentence = reader.string().decode("utf-8", "replace")
        reader.string()
        number = reader.u32() if reader.left() >= 4 else 0
        number = number or p.STATUS_ERRNO.get(status, errno.EIO)
        if path is None:
            raise OSError(number, sentence)
        raise OSError(number, sentence, path)

    def wait(self, answer: Answer, kind: int,
             path: Optional[str] = None) -> p.Reader:
        """Wait for an answer of this kind, and raise an error that it is."""
        self._check_owner()
        answer.wait()
        if answer.kind == 0:
            with self._lock:
                self._check_open()
            raise ValueError("the image is closed")
        if answer.kind == p.STATUS:
            self._raise_status(answer.body, path)
        if answer.kind != kind:
            raise ImageError(errno.EPROTO, "the program gave an answer of "
                             f"type {answer.kind}", self._image)
        return p.Reader(answer.body, 5)

    def request(self, kind: int, wanted: int, *parts: p.Bytes,
                path: Optional[str] = None) -> p.Reader:
        """Send a request and wait for its answer."""
        return self.wait(self.send(kind, *parts), wanted, path)

    def extended(self, name: bytes, *parts: p.Bytes,
                 path: Optional[str] = None) -> bytes:
        """Send an extended request; return the body of its answer."""
        reader = self.request(p.EXTENDED, p.EXTENDED_REPLY, p.string(name),
                              *parts, path=path)
        return reader.data[reader.at:]

    def extended_status(self, name: bytes, *parts: p.Bytes,
                        path: Optional[str] = None) -> None:
        """Send an extended request that succeeds or fails."""
        self.request(p.EXTENDED, p.STATUS, p.string(name), *parts, path=path)

    def names(self, reader: p.Reader) -> List[Tuple[bytes, os.stat_result]]:
        """Take a NAME packet apart."""
        found = []
        for _ in range(reader.u32()):
            name = reader.string()
            reader.string()
            found.append((name, reader.attributes()))
        return found
