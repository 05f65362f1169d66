# SPDX-License-Identifier: GPL-2.0-only
"""A path in an image, with the methods of pathlib.Path."""

from __future__ import annotations

import fnmatch
import os
import posixpath
import re
from pathlib import PurePosixPath
from typing import IO, Any, Iterator, List, Optional, Tuple, Union

from ._image import Image, to_text


class Path:
    """A path in an image; ``Image.path()`` makes one.

    It is no ``os.PathLike``: functions that open files of the host do not
    take it for one of theirs.
    """

    __slots__ = ("fs", "_pure")

    def __init__(self, fs: Image, *parts: Union[str, PurePosixPath]) -> None:
        self.fs = fs
        self._pure = PurePosixPath("/", *parts)

    def _with(self, pure: PurePosixPath) -> "Path":
        return Path(self.fs, pure)

    # ---- The path itself ----

    def __str__(self) -> str:
        return str(self._pure)

    def __repr__(self) -> str:
        return f"<lkl.Path {self.fs.name!r}:{str(self)!r}>"

    def __truediv__(self, other: Union[str, PurePosixPath]) -> "Path":
        return self._with(self._pure / other)

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Path) and self.fs is other.fs and
                self._pure == other._pure)

    def __lt__(self, other: "Path") -> bool:
        return self._pure < other._pure

    def __hash__(self) -> int:
        return hash((id(self.fs), self._pure))

    def joinpath(self, *others: str) -> "Path":
        """As ``pathlib.PurePath.joinpath()``."""
        return self._with(self._pure.joinpath(*others))

    @property
    def name(self) -> str:
        """The last component."""
        return self._pure.name

    @property
    def stem(self) -> str:
        """The last component without its suffix."""
        return self._pure.stem

    @property
    def suffix(self) -> str:
        """The suffix of the last component, with its dot."""
        return self._pure.suffix

    @property
    def parts(self) -> Tuple[str, ...]:
        """All components."""
        return self._pure.parts

    @property
    def parent(self) -> "Path":
        """The directory that it is in."""
        return self._with(self._pure.parent)

    @property
    def parents(self) -> List["Path"]:
        """All directories above, the innermost first."""
        return [self._with(pure) for pure in self._pure.parents]

    def with_name(self, name: str) -> "Path":
        """With another last component."""
        return self._with(self._pure.with_name(name))

    def with_suffix(self, suffix: str) -> "Path":
        """With another suffix."""
        return self._with(self._pure.with_suffix(suffix))

    def relative_to(self, other: Union[str, "Path"]) -> PurePosixPath:
        """As ``pathlib.PurePath.relative_to()``."""
        return self._pure.relative_to(to_text(other))

    def match(self, pattern: str) -> bool:
        """As ``pathlib.PurePath.match()``."""
        return self._pure.match(pattern)

    def resolve(self) -> "Path":
        """Without links and ``..``."""
        return Path(self.fs, self.fs.realpath(self))

    # ---- Questions ----

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """As ``os.stat()``."""
        return self.fs.stat(self, follow_symlinks=follow_symlinks)

    def lstat(self) -> os.stat_result:
        """As ``os.lstat()``."""
        return self.fs.lstat(self)

    def exists(self) -> bool:
        """Whether there is such a file, which links may lead to."""
        return self.fs.exists(self)

    def is_dir(self) -> bool:
        """Whether it is a directory."""
        return self.fs.isdir(self)

    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return self.fs.isfile(self)

    def is_symlink(self) -> bool:
        """Whether it is a symbolic link."""
        return self.fs.islink(self)

    # ---- Data ----

    def open(self, mode: str = "r", buffering: int = -1,
             encoding: Optional[str] = None, errors: Optional[str] = None,
             newline: Optional[str] = None) -> IO[Any]:
        """As ``Image.open()``."""
        return self.fs.open(self, mode, buffering, encoding, errors, newline)

    def read_bytes(self) -> bytes:
        """All data."""
        with self.fs.open_raw(self) as file:
            return file.readall()

    def read_text(self, encoding: Optional[str] = None,
                  errors: Optional[str] = None) -> str:
        """All text."""
        with self.open("r", -1, encoding, errors) as file:
            text: str = file.read()
            return text

    def write_bytes(self, data: bytes) -> int:
        """Replace all data."""
        with self.fs.open_raw(self, "wb") as file:
            return file.write(data)

    def write_text(self, text: str, encoding: Optional[str] = None,
                   errors: Optional[str] = None,
                   newline: Optional[str] = None) -> int:
        """Replace all text."""
        with self.open("w", -1, encoding, errors, newline) as file:
            return file.write(text)

    # ---- Changes ----

    def touch(self, mode: int = 0o666, exist_ok: bool = True) -> None:
        """Make an empty file, or set its times to now."""
        if exist_ok and self.exists():
            self.fs.utime(self)
        else:
            self.fs.open_raw(self, "xb", mode).close()

    def mkdir(self, mode: int = 0o777, parents: bool = False,
              exist_ok: bool = False) -> None:
        """As ``pathlib.Path.mkdir()``."""
        if parents:
            self.fs.makedirs(self, mode, exist_ok)
            return
        try:
            self.fs.mkdir(self, mode)
        except OSError:
            if not exist_ok or not self.is_dir():
                raise

    def rmdir(self) -> None:
        """Remove an empty directory."""
        self.fs.rmdir(self)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove a file that is no directory."""
        try:
            self.fs.remove(self)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def rename(self, target: Union[str, "Path"]) -> "Path":
        """Give it another name, which may exist."""
        self.fs.rename(self, target)
        return Path(self.fs, to_text(target))

    replace = rename

    def symlink_to(self, target: Union[str, "Path"]) -> None:
        """Make it a symbolic link."""
        self.fs.symlink(target, self)

    def hardlink_to(self, target: Union[str, "Path"]) -> None:
        """Make it another name of a file."""
        self.fs.link(target, self)

    def readlink(self) -> str:
        """The target of a symbolic link, as it is in the link."""
        return self.fs.readlink(self)

    def chmod(self, mode: int, *, follow_symlinks: bool = True) -> None:
        """As ``os.chmod()``."""
        self.fs.chmod(self, mode, follow_symlinks=follow_symlinks)

    # ---- Directories ----

    def iterdir(self) -> Iterator["Path"]:
        """The files in a directory."""
        for entry in self.fs.scandir(self):
            yield self / entry.name

    def glob(self, pattern: str) -> Iterator["Path"]:
        """As ``pathlib.Path.glob()``; ``**`` follows no links."""
        parts = PurePosixPath(pattern).parts
        if not parts or parts[0] == "/":
            raise ValueError(f"not a relative pattern: {pattern!r}")
        seen = set()
        for found in self._glob(parts):
            if found not in seen:
                seen.add(found)
                yield found

    def rglob(self, pattern: str) -> Iterator["Path"]:
        """As ``glob()`` in this directory and all below."""
        return self.glob(posixpath.join("**", pattern))

    def _glob(self, parts: Tuple[str, ...]) -> Iterator["Path"]:
        part, rest = parts[0], parts[1:]
        if part == "**":
            for top, _, _ in self.fs.walk(self):
                below = Path(self.fs, top)
                if rest:
                    yield from below._glob(rest)
                else:
                    yield below
            return
        if not any(letter in part for letter in "*?["):
            names = [part] if self.fs.lexists(self / part) else []
        elif self.is_dir():
            matches = re.compile(fnmatch.translate(part)).match
            names = [name for name in self.fs.listdir(self) if matches(name)]
        else:
            names = []
        for name in names:
            below = self / name
            if not rest:
                yield below
            elif below.is_dir():
                yield from below._glob(rest)
