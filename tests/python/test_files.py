# SPDX-License-Identifier: GPL-2.0-only
"""Data of files: what a local file holds after the same calls."""

import io
import os
import random
import subprocess
import unittest
from unittest import mock

import lkl
from images import ImageTest

SEED = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))


class Files(ImageTest):
    def test_modes(self):
        for mode in ("r", "r+b"):
            with self.assertRaises(FileNotFoundError):
                self.fs.open("/a", mode)
        with self.fs.open("/a", "x") as file:
            self.assertIsInstance(file, io.TextIOWrapper)
            file.write("älpha\nbeta\n")
        with self.assertRaises(FileExistsError):
            self.fs.open("/a", "x")
        with self.fs.open("/a") as file:
            self.assertEqual(list(file), ["älpha\n", "beta\n"])
        with self.fs.open("/a", "ab") as file:
            self.assertEqual(file.tell(), 12)
            file.write(b"gamma")
        with self.fs.open("/a", "r+b") as file:
            self.assertIsInstance(file, io.BufferedRandom)
            file.seek(-5, os.SEEK_END)
            self.assertEqual(file.read(), b"gamma")
            file.seek(2)
            file.write(b"LPHA")
            file.truncate(6)
        with self.fs.open("/a", "rb", 0) as file:
            self.assertEqual(file.readall(), "äLPHA".encode())
            self.assertEqual(file.read(1), b"")
            with self.assertRaises(io.UnsupportedOperation):
                file.write(b"x")
        with self.fs.open("/a", "wb") as file:
            with self.assertRaises(io.UnsupportedOperation):
                file.read()
        self.assertEqual(self.fs.getsize("/a"), 0)
        with self.assertRaises(IsADirectoryError):
            self.fs.open("/lost+found")
        for wrong in ("", "rw", "bt", "q"):
            with self.assertRaises(ValueError):
                self.fs.open("/a", wrong)

    def test_random_calls(self):
        """The same calls on a local file have the same results."""
        print("seed", SEED)
        rng = random.Random(SEED)
        data = rng.randbytes(3 << 20)
        with open(self.local("model"), "w+b") as model, \
                self.fs.open("/file", "w+b") as file:
            for _ in range(400):
                call = rng.choice(("read", "read", "write", "seek", "truncate",
                                   "flush", "readall"))
                size = rng.choice((7, 4096, 70000, 1 << 20))
                if call == "read":
                    self.assertEqual(file.read(size), model.read(size))
                elif call == "readall":
                    self.assertEqual(file.read(), model.read())
                elif call == "write":
                    at = rng.randrange(len(data) - size)
                    self.assertEqual(file.write(data[at:at + size]),
                                     model.write(data[at:at + size]))
                elif call == "seek":
                    at = rng.randrange(4 << 20)
                    self.assertEqual(file.seek(at), model.seek(at))
                elif call == "truncate":
                    at = rng.randrange(4 << 20)
                    self.assertEqual(file.truncate(at), model.truncate(at))
                else:
                    file.flush()
                self.assertEqual(file.tell(), model.tell())
        self.fs.get("/file", self.local("got"))
        with open(self.local("got"), "rb") as got, \
                open(self.local("model"), "rb") as model:
            self.assertEqual(got.read(), model.read())

    def test_window_is_not_stale(self):
        """A reader that is far ahead sees what is written afterwards."""
        self.fs.path("/file").write_bytes(bytes(4 << 20))
        with self.fs.open("/file", "rb", 4096) as reader:
            for _ in range(20):
                self.assertEqual(reader.read(32768), bytes(32768))
            with self.fs.open("/file", "r+b") as writer:
                writer.write(b"x" * (4 << 20))
            reader.seek(3 << 20)
            self.assertEqual(reader.read(), b"x" * (1 << 20))

    def test_sparse_file_beyond_4_gib(self):
        with self.fs.open("/large", "wb") as file:
            file.seek(5 << 30)
            file.write(b"behind 5 GiB")
            file.seek((4 << 30) - 3)
            file.write(b"across")
        info = self.fs.stat("/large")
        self.assertEqual(info.st_size, (5 << 30) + 12)
        self.assertLess(info.st_blocks * 512, 1 << 20)
        with self.fs.open("/large", "rb") as file:
            file.seek((4 << 30) - 4)
            self.assertEqual(file.read(8), b"\0across\0")
            file.seek(-12, os.SEEK_END)
            self.assertEqual(file.read(), b"behind 5 GiB")

    def test_get_leaves_the_old_file_after_an_error(self):
        for kind in "new", "old":
            if kind == "old":
                with open(self.local("got"), "wb") as file:
                    file.write(b"precious")
                os.chmod(self.local("got"), 0o640)
            before = sorted(os.listdir(self.directory))
            with self.assertRaises(FileNotFoundError):
                self.fs.get("/nothere", self.local("got"))
            self.fs.path("/data").write_bytes(b"some data")
            with mock.patch.object(lkl.ImageFile, "readinto", autospec=True,
                                   side_effect=OSError(5, "damaged")), \
                    self.assertRaisesRegex(OSError, "damaged"):
                self.fs.get("/data", self.local("got"))
            self.assertEqual(sorted(os.listdir(self.directory)), before)
        with open(self.local("got"), "rb") as file:
            self.assertEqual(file.read(), b"precious")
        os.symlink("got", self.local("link"))
        self.fs.get("/data", self.local("link"))
        with open(self.local("got"), "rb") as file:
            self.assertEqual(file.read(), b"some data")
        self.assertEqual(os.stat(self.local("got")).st_mode & 0o777, 0o640)
        self.assertTrue(os.path.islink(self.local("link")))
        self.fs.get("/data", "/dev/null")

    def test_put_leaves_no_part_of_a_new_file(self):
        with open(self.local("in"), "wb") as file:
            file.write(b"some data")
        before = self.fs.listdir("/")
        with mock.patch.object(lkl.ImageFile, "write", autospec=True,
                               side_effect=OSError(28, "full")), \
                self.assertRaisesRegex(OSError, "full"):
            self.fs.put(self.local("in"), "/in")
        self.assertEqual(self.fs.listdir("/"), before)
        with self.assertRaises(FileNotFoundError) as caught:
            self.fs.put(self.local("in"), "/nowhere/in")
        self.assertEqual(caught.exception.filename, "/nowhere/in")
        self.fs.put(self.local("in"), "in")
        self.assertEqual(self.fs.path("/in").read_bytes(), b"some data")

    def test_put_replaces_a_file_at_once(self):
        with open(self.local("in"), "wb") as file:
            file.write(b"new data")
        self.fs.path("/old").write_bytes(b"old data")
        self.fs.chown("/old", 12, 34)
        self.fs.chmod("/old", 0o4751)
        self.fs.link("/old", "/other")
        self.fs.symlink("old", "/link")
        self.fs.mkdir("/directory")
        before = sorted(self.fs.listdir("/"))
        with mock.patch.object(lkl.ImageFile, "write", autospec=True,
                               side_effect=OSError(28, "full")), \
                self.assertRaisesRegex(OSError, "full"):
            self.fs.put(self.local("in"), "/old")
        self.assertEqual(self.fs.path("/old").read_bytes(), b"old data")
        self.fs.put(self.local("in"), "/link")
        self.assertTrue(self.fs.islink("/link"))
        self.assertEqual(self.fs.path("/old").read_bytes(), b"new data")
        self.assertEqual(self.fs.path("/other").read_bytes(), b"old data")
        info = self.fs.stat("/old")
        self.assertEqual((info.st_uid, info.st_gid), (12, 34))
        self.assertEqual(info.st_mode & 0o7777, 0o4751)
        with self.assertRaises(IsADirectoryError):
            self.fs.put(self.local("in"), "/directory")
        self.assertEqual(sorted(self.fs.listdir("/")), before)
        self.fs.symlink("made", "/dangling")
        self.fs.put(self.local("in"), "/dangling")
        self.assertEqual(self.fs.path("/made").read_bytes(), b"new data")

    def test_put_keeps_extended_attributes(self):
        self.fs.path("/labelled").write_bytes(b"old")
        self.fs.close()
        subprocess.run(["debugfs", "-w", "-R",
                        "ea_set /labelled user.label kept", self.image],
                       check=True, stderr=subprocess.DEVNULL)
        with lkl.Image(self.image) as fs:
            with open(self.local("in"), "wb") as file:
                file.write(b"new data")
            fs.put(self.local("in"), "/labelled")
        found = subprocess.run(["debugfs", "-R",
                                "ea_get /labelled user.label", self.image],
                               check=True, capture_output=True)
        self.assertIn(b"kept", found.stdout)

    def test_options_reach_the_program(self):
        program = self.local("program")
        with open(program, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nprintf "%s\\n" "$@" >"$0.got"\nexit 1\n')
        os.chmod(program, 0o755)
        with self.assertRaises(lkl.ImageError):
            lkl.Image("a", volume="vg/lv", disks=["b", b"c"], degraded=True,
                      key_file="k", keys={"2": "l", "data": b"m"},
                      unlock="all", luks_header="h", verity_root_hash="ab",
                      program=program)
        with open(program + ".got", encoding="utf-8") as file:
            self.assertEqual(file.read().split(), [
                "sftp", "--degraded", "--volume=vg/lv",
                "--verity-root-hash=ab", "--disk=b", "--disk=c",
                "--key-file=k", "--luks-header=h", "--key=2:file:l",
                "--key=data:file:m", "--unlock=all", "--", "a"])
        for system, option in ((True, "--system"), ("2/@", "--system=2/@")):
            with self.assertRaises(lkl.ImageError):
                lkl.Image("a", system=system, program=program)
            with open(program + ".got", encoding="utf-8") as file:
                self.assertEqual(file.read().split(),
                                 ["sftp", option, "--", "a"])

    def test_special_files_are_refused(self):
        self.fs.close()
        subprocess.run(["debugfs", "-w", "-R", "mknod fifo p", self.image],
                       check=True, stderr=subprocess.DEVNULL)
        with lkl.Image(self.image) as fs:
            for mode in "rb", "wb":
                with self.assertRaisesRegex(OSError, "not a regular file"):
                    fs.open("/fifo", mode)

    def test_get_and_put_keep_data_and_holes(self):
        with open(self.local("in"), "wb") as file:
            file.write(os.urandom(5000))
            file.seek(24 << 20)
            file.write(os.urandom(5000))
            file.truncate(32 << 20)
        self.fs.put(self.local("in"), "/in")
        info = self.fs.stat("/in")
        self.assertEqual(info.st_size, 32 << 20)
        self.assertLess(info.st_blocks * 512, 20 << 20)
        self.fs.get("/in", self.local("out"))
        with open(self.local("in"), "rb") as one, \
                open(self.local("out"), "rb") as two:
            self.assertTrue(one.read() == two.read())
        self.assertLess(os.stat(self.local("out")).st_blocks * 512, 20 << 20)

    def test_copyfile(self):
        data = os.urandom(300000)
        self.fs.path("/a").write_bytes(data)
        self.fs.path("/b").write_bytes(bytes(500000))
        self.fs.copyfile("/a", "/b")
        self.assertTrue(self.fs.path("/b").read_bytes() == data)
        with self.assertRaises(OSError):
            self.fs.copyfile("/a", "a")
        self.assertTrue(self.fs.path("/a").read_bytes() == data)

    def test_copyfile_keeps_holes(self):
        with self.fs.open_raw("/sparse", "wb") as file:
            file.write(b"first")
            file.seek(9 << 20)
            file.write(b"second" * 10000)
            file.truncate(20 << 20)
        # It had data where holes are to be.
        self.fs.path("/full").write_bytes(os.urandom(12 << 20))
        for name in "/new", "/full":
            self.fs.copyfile("/sparse", name)
            info = self.fs.stat(name)
            self.assertEqual(info.st_size, 20 << 20)
            self.assertLess(info.st_blocks * 512, 1 << 20)
            self.assertTrue(self.fs.path(name).read_bytes() ==
                            self.fs.path("/sparse").read_bytes())

    def test_full_image(self):
        """A write that nobody waited for fails at the latest at the end."""
        file = self.fs.open("/full", "wb")
        with self.assertRaises(OSError) as caught:
            with file:
                for _ in range(400):
                    file.write(bytes([1]) * (1 << 20))
        self.assertEqual(caught.exception.errno, 28)
        self.assertEqual(caught.exception.filename, "/full")
        self.fs.remove("/full")

    def test_fsync_survives_kill(self):
        with self.fs.open("/kept", "wb") as file:
            file.write(b"kept" * 100000)
            file.flush()
            file.raw.fsync()
            self.fs._client._process.kill()
            with self.assertRaises(lkl.ImageError):
                self.fs.stat("/kept")
            with self.assertRaises(lkl.ImageError):
                file.raw.fsync()
            with self.assertRaises(lkl.ImageError):
                file.raw.close()
        with self.assertRaises(lkl.ImageError):
            self.fs.close()
        self.fs = lkl.Image(self.image)
        self.assertTrue(self.fs.path("/kept").read_bytes() ==
                        b"kept" * 100000)


if __name__ == "__main__":
    unittest.main()
