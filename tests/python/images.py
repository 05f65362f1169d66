# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the Python package share: images, and a sound end."""

import os
import shutil
import subprocess
import tempfile
import unittest

import lkl


def make_image(path, size=256 << 20):
    """An empty ext4."""
    with open(path, "wb") as file:
        file.truncate(size)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", path], check=True)


class ImageTest(unittest.TestCase):
    """Each test has an empty image, which has to be sound at its end."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(dir=".")
        self.addCleanup(shutil.rmtree, self.directory)
        self.image = os.path.join(self.directory, "image")
        make_image(self.image)
        self.fs = lkl.Image(self.image)
        self.addCleanup(self.end)

    def end(self):
        """Close the image and check it."""
        self.fs.close()
        subprocess.run(["e2fsck", "-fn", self.image], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def local(self, name):
        """The path of a file on the host."""
        return os.path.join(self.directory, name)
