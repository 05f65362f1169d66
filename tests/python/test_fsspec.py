# SPDX-License-Identifier: GPL-2.0-only
"""An image as a file system of fsspec."""

import os
import unittest

import fsspec

import lkl.fsspec
from images import make_image


class Fsspec(unittest.TestCase):
    def test_file_system(self):
        make_image("fsspec-image", 64 << 20)
        fs = fsspec.filesystem("lkl", image="fsspec-image")
        self.assertIsInstance(fs, lkl.fsspec.LklFileSystem)
        fs.makedirs("/a/b")
        data = os.urandom(1 << 20)
        fs.pipe("/a/b/data", data)
        self.assertTrue(fs.cat("/a/b/data") == data)
        self.assertEqual(fs.cat_file("lkl://a/b/data", start=5, end=9),
                         data[5:9])
        self.assertEqual(fs.ls("/a", detail=False), ["/a/b"])
        info = fs.ls("/a/b")[0]
        self.assertEqual((info["name"], info["size"], info["type"]),
                         ("/a/b/data", 1 << 20, "file"))
        self.assertEqual(fs.find("/a"), ["/a/b/data"])
        self.assertEqual(fs.glob("/a/*/d*"), ["/a/b/data"])
        with fs.open("/a/text", "w") as file:
            file.write("line\n")
        with fs.open("/a/text", "r") as file:
            self.assertEqual(file.read(), "line\n")
        fs.cp_file("/a/text", "/a/copy")
        fs.mv("/a/copy", "/a/moved")
        self.assertEqual(fs.cat("/a/moved"), b"line\n")
        self.assertFalse(fs.exists("/a/copy"))
        fs.get("/a", "got", recursive=True)
        with open("got/b/data", "rb") as file:
            self.assertTrue(file.read() == data)
        fs.put("got", "/again", recursive=True)
        self.assertEqual(len(fs.find("/again")), 3)
        fs.rm("/a", recursive=True)
        self.assertFalse(fs.exists("/a"))
        with self.assertRaises(FileNotFoundError):
            fs.info("/a")
        fs.close()


if __name__ == "__main__":
    unittest.main()
