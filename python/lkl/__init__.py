# SPDX-License-Identifier: GPL-2.0-only
"""Files in disk images, without root and without mounting.

    >>> import lkl
    >>> with lkl.Image("disk.qcow2", partition=2, read_only=True) as fs:
    ...     fs.open("/etc/hostname").read()

The program ``lklfs`` opens the image in a confined process of its own; this
package is a client of it and needs nothing but Python.
"""

from ._client import ImageError
from ._file import ImageFile
from ._image import DirEntry, Image
from ._path import Path

__all__ = ["DirEntry", "Image", "ImageError", "ImageFile", "Path"]
