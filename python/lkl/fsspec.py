# SPDX-License-Identifier: GPL-2.0-only
"""Images for programs that use fsspec, as pandas and dask do.

    >>> import fsspec, lkl.fsspec
    >>> fs = fsspec.filesystem("lkl", image="disk.img", read_only=True)
    >>> fs.ls("/etc", detail=False)
"""

from __future__ import annotations

import stat
from datetime import datetime, timezone
from typing import Any, Dict, List, Union

import fsspec
from fsspec.spec import AbstractFileSystem

from ._image import DirEntry, Image

KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory",
         stat.S_IFLNK: "link"}


class LklFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """The files of an image; arguments are those of ``lkl.Image``."""

    protocol = "lkl"
    root_marker = "/"
    # Two file systems of the same image would be one, closed or not.
    cachable = False

    def __init__(self, image: str, **kwargs: Any) -> None:
        own = {name: kwargs.pop(name) for name in list(kwargs)
               if name in ("skip_instance_cache", "use_listings_cache",
                           "listings_expiry_time", "max_paths", "asynchronous",
                           "loop")}
        super().__init__(**own)
        self.image = Image(image, **kwargs)

    def close(self) -> None:
        """Close the image."""
        self.image.close()

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        stripped = super()._strip_protocol(path)
        if isinstance(stripped, str):
            return "/" + stripped.strip("/")
        return stripped

    def _info(self, path: str, info: Any) -> Dict[str, Any]:
        return {
            "name": path, "size": info.st_size, "mode": info.st_mode,
            "type": KINDS.get(stat.S_IFMT(info.st_mode), "other"),
            "uid": info.st_uid, "gid": info.st_gid, "ino": info.st_ino,
            "nlink": info.st_nlink, "mtime": info.st_mtime,
            "islink": stat.S_ISLNK(info.st_mode),
        }

    def info(self, path: str, **kwargs: Any) -> Dict[str, Any]:
        """The attributes of a file; links are followed."""
        path = self._strip_protocol(path)
        return self._info(path, self.image.stat(path))

    def ls(self, path: str, detail: bool = True, **kwargs: Any
           ) -> List[Union[str, Dict[str, Any]]]:
        """The files in a directory."""
        path = self._strip_protocol(path)
        if not self.image.isdir(path):
            info = self.info(path)
            return [info if detail else info["name"]]
        entries: List[DirEntry] = list(self.image.scandir(path))
        if not detail:
            return [entry.path for entry in entries]
        found: List[Union[str, Dict[str, Any]]] = []
        for entry in entries:
            try:
                found.append(self._info(entry.path, entry.stat()))
            except OSError:
                # A link that leads nowhere.
                found.append(self._info(entry.path,
                                        entry.stat(follow_symlinks=False)))
        return found

    def _open(self, path: str, mode: str = "rb", block_size: Any = None,
              autocommit: bool = True, cache_options: Any = None,
              **kwargs: Any) -> Any:
        return self.image.open(self._strip_protocol(path), mode)

    def mkdir(self, path: str, create_parents: bool = True,
              **kwargs: Any) -> None:
        """Make a directory."""
        path = self._strip_protocol(path)
        if create_parents:
            self.image.makedirs(self._parent(path), exist_ok=True)
        self.image.mkdir(path)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Make a directory and those above."""
        self.image.makedirs(self._strip_protocol(path), exist_ok=exist_ok)

    def rmdir(self, path: str) -> None:
        """Remove an empty directory."""
        self.image.rmdir(self._strip_protocol(path))

    def rm_file(self, path: str) -> None:
        """Remove a file."""
        self.image.remove(self._strip_protocol(path))

    # fsspec before 2021 has this name only.
    _rm = rm_file

    def rm(self, path: Any, recursive: bool = False,
           maxdepth: Any = None) -> None:
        """Remove files, and directories if it is recursive."""
        for one in reversed(self.expand_path(path, recursive=recursive,
                                             maxdepth=maxdepth)):
            if self.image.isdir(one) and not self.image.islink(one):
                self.image.rmdir(one)
            else:
                self.image.remove(one)

    def cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        """Copy a file inside the image, or make a directory."""
        path1 = self._strip_protocol(path1)
        path2 = self._strip_protocol(path2)
        if self.image.isdir(path1):
            self.image.makedirs(path2, exist_ok=True)
        else:
            self.image.copyfile(path1, path2)

    def mv(self, path1: str, path2: str, recursive: bool = False,
           maxdepth: Any = None, **kwargs: Any) -> None:
        """Rename a file or a directory."""
        self.image.rename(self._strip_protocol(path1),
                          self._strip_protocol(path2))

    def touch(self, path: str, truncate: bool = True, **kwargs: Any) -> None:
        """Make an empty file, or set its times to now."""
        path = self._strip_protocol(path)
        if truncate or not self.image.exists(path):
            self.image.open_raw(path, "wb").close()
        else:
            self.image.utime(path)

    def modified(self, path: str) -> datetime:
        """The time of the last change."""
        return datetime.fromtimestamp(self.info(path)["mtime"], timezone.utc)


fsspec.register_implementation("lkl", LklFileSystem, clobber=True)
