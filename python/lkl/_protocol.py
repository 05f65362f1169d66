# SPDX-License-Identifier: GPL-2.0-only
"""SFTP version 3: numbers, and packing and unpacking of packets."""

from __future__ import annotations

import errno
import os
import struct
from typing import Dict, List, Optional, Tuple, Union

VERSION = 3

INIT = 1
VERSION_REPLY = 2
OPEN = 3
CLOSE = 4
READ = 5
WRITE = 6
LSTAT = 7
FSTAT = 8
SETSTAT = 9
FSETSTAT = 10
OPENDIR = 11
READDIR = 12
REMOVE = 13
MKDIR = 14
RMDIR = 15
REALPATH = 16
STAT = 17
RENAME = 18
READLINK = 19
SYMLINK = 20
STATUS = 101
HANDLE = 102
DATA = 103
NAME = 104
ATTRS = 105
EXTENDED = 200
EXTENDED_REPLY = 201

STATUS_OK = 0
STATUS_EOF = 1

# What a status stands for if the server sends no errno.
STATUS_ERRNO: Dict[int, int] = {
    2: errno.ENOENT,
    3: errno.EACCES,
    5: errno.EINVAL,
    8: errno.EOPNOTSUPP,
}

ATTR_SIZE = 0x1
ATTR_OWNER = 0x2
ATTR_MODE = 0x4
ATTR_TIMES = 0x8
ATTR_EXTENDED = 0x80000000

OPEN_READ = 0x1
OPEN_WRITE = 0x2
OPEN_APPEND = 0x4
OPEN_CREATE = 0x8
OPEN_TRUNCATE = 0x10
OPEN_EXCLUSIVE = 0x20

DETAILS = b"details@lkl"
TIMES = b"times@lkl"

Bytes = Union[bytes, bytearray, memoryview]

_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_DETAILS = struct.Struct(">QIQIIqIqIqIqI")


def u32(value: int) -> bytes:
    """Pack a 32-bit number."""
    return _U32.pack(value)


def u64(value: int) -> bytes:
    """Pack a 64-bit number."""
    return _U64.pack(value)


def string(value: Bytes) -> bytes:
    """Pack a string: its length and its bytes."""
    return _U32.pack(len(value)) + bytes(value)


class Reader:
    """Takes a packet apart."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def u32(self) -> int:
        """Return the next 32-bit number."""
        value: int = _U32.unpack_from(self.data, self.at)[0]
        self.at += 4
        return value

    def u64(self) -> int:
        """Return the next 64-bit number."""
        value: int = _U64.unpack_from(self.data, self.at)[0]
        self.at += 8
        return value

    def string(self) -> bytes:
        """Return the next string."""
        end = self.u32() + self.at
        if end > len(self.data):
            raise struct.error("a string is longer than its packet")
        value = self.data[self.at:end]
        self.at = end
        return value

    def left(self) -> int:
        """Return how many bytes are left."""
        return len(self.data) - self.at

    def attributes(self) -> os.stat_result:
        """Return the next ATTRS structure."""
        flags = self.u32()
        size = self.u64() if flags & ATTR_SIZE else 0
        uid, gid = (self.u32(), self.u32()) if flags & ATTR_OWNER else (0, 0)
        mode = self.u32() if flags & ATTR_MODE else 0
        atime, mtime = ((self.u32(), self.u32()) if flags & ATTR_TIMES
                        else (0, 0))
        details: Optional[bytes] = None
        for _ in range(self.u32() if flags & ATTR_EXTENDED else 0):
            name, value = self.string(), self.string()
            if name == DETAILS:
                details = value
        return _stat_result(size, uid, gid, mode, atime, mtime, details)


def _stat_result(size: int, uid: int, gid: int, mode: int, atime: int,
                 mtime: int, details: Optional[bytes]) -> os.stat_result:
    ino, nlink, blocks, rdev = 0, 1, (size + 511) // 512, 0
    times = [atime * 10**9, mtime * 10**9, mtime * 10**9]
    if details is not None:
        (ino, nlink, blocks, major, minor, asec, ans, msec, mns, csec, cns,
         _, _) = _DETAILS.unpack_from(details)
        rdev = os.makedev(major, minor)
        times = [asec * 10**9 + ans, msec * 10**9 + mns, csec * 10**9 + cns]
    more = {
        "st_atime": times[0] / 1e9, "st_atime_ns": times[0],
        "st_mtime": times[1] / 1e9, "st_mtime_ns": times[1],
        "st_ctime": times[2] / 1e9, "st_ctime_ns": times[2],
        "st_blksize": 4096, "st_blocks": blocks, "st_rdev": rdev,
    }
    return os.stat_result(
        (mode, ino, 0, nlink, uid, gid, size, times[0] // 10**9,
         times[1] // 10**9, times[2] // 10**9), more)


def attributes(size: Optional[int] = None,
               owner: Optional[Tuple[int, int]] = None,
               mode: Optional[int] = None,
               times_ns: Optional[Tuple[int, int]] = None) -> bytes:
    """Pack an ATTRS structure with those attributes that are given."""
    flags = 0
    parts: List[bytes] = []
    if size is not None:
        flags |= ATTR_SIZE
        parts.append(u64(size))
    if owner is not None:
        flags |= ATTR_OWNER
        parts += [u32(owner[0] & 0xffffffff), u32(owner[1] & 0xffffffff)]
    if mode is not None:
        flags |= ATTR_MODE
        parts.append(u32(mode & 0o7777))
    if times_ns is not None:
        flags |= ATTR_EXTENDED
        packed = struct.pack(">qIqI", *divmod(times_ns[0], 10**9),
                             *divmod(times_ns[1], 10**9))
        parts += [u32(1), string(TIMES), string(packed)]
    return u32(flags) + b"".join(parts)
