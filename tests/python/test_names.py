# SPDX-License-Identifier: GPL-2.0-only
"""Names, attributes, errors, threads, and the start and the end."""

import errno
import gc
import os
import pathlib
import stat
import subprocess
import sys
import threading
import unittest

import lkl
from images import ImageTest, make_image


class Names(ImageTest):
    def test_thousands_of_names(self):
        names = {f"name-{i:05}" for i in range(3000)}
        self.fs.mkdir("/many")
        for name in names:
            self.fs.symlink(name, f"/many/{name}")
        self.assertEqual(set(self.fs.listdir("/many")), names)
        self.fs.rmtree("/many")
        self.assertFalse(self.fs.exists("/many"))

    def test_odd_names(self):
        for name in (b"caf\xe9", b"new\nline", b"-", b" ", b"\x1b[31m",
                     "☃".encode(), b"x" * 255):
            self.fs.path("/").joinpath(
                name.decode("utf-8", "surrogateescape")).write_bytes(name)
            self.assertEqual(self.fs.open(b"/" + name, "rb").read(), name)
            self.assertIn(os.fsdecode(name), self.fs.listdir())
            self.fs.remove(b"/" + name)
        self.assertEqual(self.fs.listdir("/"), ["lost+found"])
        with self.assertRaises(ValueError):
            self.fs.stat("/a\0b")
        with self.assertRaises(OSError) as caught:
            self.fs.stat("/" + "x" * 256)
        self.assertEqual(caught.exception.errno, errno.ENAMETOOLONG)
        with self.assertRaises(OSError) as caught:
            self.fs.stat("/x" * 5000)
        self.assertEqual(caught.exception.errno, errno.ENAMETOOLONG)

    def test_kinds_of_paths(self):
        """The kinds that os takes, and no others."""
        for wrong in None, 5, 1.5, True, ["/a"], bytearray(b"a"):
            for call in (self.fs.mkdir, self.fs.makedirs, self.fs.listdir,
                         self.fs.open, self.fs.stat, self.fs.exists,
                         self.fs.rmtree, self.fs.statvfs, self.fs.readlink,
                         lambda name: self.fs.rename("/lost+found", name),
                         lambda name: self.fs.symlink(name, "/link"),
                         lambda name: list(self.fs.walk(name))):
                with self.assertRaises(TypeError):
                    call(wrong)
            with self.assertRaises(TypeError):
                self.fs.path("/").relative_to(wrong)
        self.assertEqual(self.fs.listdir(), ["lost+found"])
        self.fs.mkdir(pathlib.Path("/d"))
        self.fs.mkdir(os.fsencode("/d/caf\udce9"))
        self.fs.rename(self.fs.path("/lost+found"),
                       pathlib.PurePosixPath("/d/l"))
        for path in "/d", pathlib.Path("/d"), self.fs.path("/d"):
            self.assertEqual(sorted(self.fs.listdir(path)),
                             ["caf\udce9", "l"])
        with os.scandir(os.fsencode(self.directory)) as entries:
            entry = next(entries)
        self.fs.makedirs(entry)
        for path in b"/d", b"d/":
            self.assertEqual(sorted(self.fs.listdir(path)),
                             [b"caf\xe9", b"l"])
        self.assertEqual(self.fs.listdir(entry), [])
        self.fs.rmtree(pathlib.Path("/d"))
        self.assertFalse(self.fs.exists("/d"))

    def test_calls_of_os(self):
        """The same calls below a local directory have the same results."""
        top = self.local("tree")
        os.mkdir(top)

        def both(call, *names, **kwargs):
            """Call it on both sides; paths begin with a slash."""
            results = []
            for prefix, where in ((top, os), ("", self.fs)):
                arguments = [prefix + n if isinstance(n, str) and
                             n.startswith("/") else n for n in names]
                try:
                    results.append(getattr(where, call)(*arguments, **kwargs))
                except OSError as error:
                    results.append((type(error), error.errno))
            self.assertEqual(*results, (call, names))
            return results[1]

        both("mkdir", "/a")
        both("mkdir", "/a")
        both("mkdir", "/x/y")
        both("makedirs", "/a/b/c", exist_ok=True)
        both("makedirs", "/a/b/c", exist_ok=True)
        both("makedirs", "/a/b/c")
        both("symlink", "b", "/a/link")
        both("symlink", "loop", "/loop")
        both("readlink", "/a/link")
        both("readlink", "/a")
        both("stat", "/loop")
        for where in (top, ""):
            with (open if where else self.fs.open)(where + "/a/f", "w") as file:
                file.write("text")
        both("link", "/a/f", "/a/g")
        both("link", "/a/f", "/a/g")
        both("rename", "/a/g", "/a/f")
        both("rename", "/a/g", "/a/b/c")
        both("rename", "/a", "/a/b")
        both("replace", "/a/g", "/a/h")
        both("chmod", "/a/f", 0o4640)
        both("truncate", "/a/f", 100)
        both("truncate", "/a", 100)
        both("chown", "/a/f", -1, -1)
        both("utime", "/a/f", ns=(10**18 + 1, 10**18 + 2))
        both("utime", "/a/f", (-1.5, 3.25))
        both("utime", "/a/link", ns=(1, 10**19), follow_symlinks=False)
        both("rmdir", "/a")
        both("rmdir", "/a/b/c")
        both("remove", "/a/b")
        both("unlink", "/a/h")
        both("remove", "/nowhere")
        both("rmdir", "/a/f/x")
        self.fs.rmdir("/lost+found")
        for name in ("/a", "/a/f", "/a/link", "/loop"):
            one, two = os.lstat(top + name), self.fs.lstat(name)
            self.assertEqual(one.st_mode, two.st_mode, name)
            self.assertEqual(one.st_nlink, two.st_nlink, name)
            if not stat.S_ISDIR(one.st_mode):
                self.assertEqual(one.st_size, two.st_size, name)
        for name in ("/a/f", "/a/link"):
            one, two = os.lstat(top + name), self.fs.lstat(name)
            if name == "/a/f":
                self.assertEqual(one.st_atime_ns, two.st_atime_ns)
                self.assertEqual(one.st_mtime_ns, two.st_mtime_ns)
            else:
                self.assertEqual((1, 10**19), (two.st_atime_ns,
                                               two.st_mtime_ns))
        for topdown in (True, False):
            self.assertEqual(
                sorted((d[len(top):] or "/", sorted(n), sorted(f))
                       for d, n, f in os.walk(top, topdown)),
                sorted((d, sorted(n), sorted(f))
                       for d, n, f in self.fs.walk("/", topdown)))

    def test_owner(self):
        self.fs.path("/f").touch()
        self.fs.chown("/f", 1234, 70000)
        self.fs.chown("/f", -1, 5)
        info = self.fs.stat("/f")
        self.assertEqual((info.st_uid, info.st_gid), (1234, 5))

    def test_scandir(self):
        self.fs.mkdir("/d")
        self.fs.symlink("d", "/l")
        self.fs.symlink("nowhere", "/broken")
        with self.fs.scandir("/") as entries:
            found = {entry.name: entry for entry in entries}
        self.assertTrue(found["l"].is_symlink() and found["l"].is_dir())
        self.assertFalse(found["l"].is_dir(follow_symlinks=False))
        self.assertFalse(found["broken"].is_file())
        self.assertEqual(found["d"].inode(), self.fs.stat("/l").st_ino)
        self.assertEqual(found["d"].path, "/d")

    def test_statvfs(self):
        before = self.fs.statvfs()
        self.assertEqual(before.f_namemax, 255)
        with self.fs.open_raw("/f", "wb") as file:
            file.write(os.urandom(10 << 20))
            file.fsync()
        after = self.fs.statvfs("/f")
        used = (before.f_bfree - after.f_bfree) * after.f_frsize
        self.assertTrue(10 << 20 <= used < 11 << 20, used)
        self.assertEqual(after.f_ffree, before.f_ffree - 1)

    def test_paths(self):
        root = self.fs.path("/")
        etc = root / "etc" / "conf.d"
        etc.mkdir(parents=True)
        etc.mkdir(parents=True, exist_ok=True)
        (etc / "a.conf").write_text("a")
        (etc / "b.conf").write_text("b")
        (etc / "c.txt").write_bytes(b"c")
        (root / "link").symlink_to("etc")
        (root / "hard").hardlink_to(etc / "a.conf")
        self.assertEqual((root / "hard").stat().st_nlink, 2)

        def names(paths):
            return sorted(map(str, paths))

        self.assertEqual(names(root.glob("etc/*/*.conf")),
                         ["/etc/conf.d/a.conf", "/etc/conf.d/b.conf"])
        self.assertEqual(names(root.rglob("*.txt")), ["/etc/conf.d/c.txt"])
        self.assertEqual(names(root.glob("link/**/[ac].*")),
                         ["/link/conf.d/a.conf", "/link/conf.d/c.txt"])
        self.assertEqual(names(root.glob("nowhere/*")), [])
        self.assertEqual(names(etc.iterdir()), [
            f"/etc/conf.d/{n}" for n in ("a.conf", "b.conf", "c.txt")])
        self.assertEqual(str((root / "link/conf.d/../x").resolve()), "/etc/x")
        moved = (etc / "c.txt").rename("/moved.txt")
        self.assertEqual((moved.name, moved.stem, moved.suffix,
                          str(moved.parent), moved.read_text()),
                         ("moved.txt", "moved", ".txt", "/", "c"))
        moved.unlink()
        moved.unlink(missing_ok=True)
        with self.assertRaises(FileNotFoundError):
            moved.unlink()
        with self.assertRaises(FileExistsError):
            etc.mkdir()
        self.assertEqual(root / "etc", self.fs.path("etc"))
        with self.assertRaises(TypeError):
            open(etc / "a.conf")

    def test_no_way_out(self):
        self.fs.symlink("../../../../etc/passwd", "/passwd")
        self.fs.symlink("/etc", "/etc-link")
        for path in ("/passwd", "/../../etc/passwd", "/etc-link/passwd"):
            with self.assertRaises(FileNotFoundError):
                self.fs.open(path)
        self.assertEqual(self.fs.realpath("/../.."), "/")

    def test_threads(self):
        """Many threads, two images, each file as its thread wrote it."""
        other = self.local("other")
        make_image(other)
        failures = []

        def work(fs, number):
            try:
                data = bytes([number]) * 700001
                for i in range(5):
                    name = f"/t{number}-{i}"
                    with fs.open(name, "wb") as file:
                        file.write(data)
                    with fs.open(name, "rb") as file:
                        assert file.read() == data
                    assert fs.stat(name).st_size == len(data)
                    assert name[1:] in fs.listdir("/")
            except BaseException as error:  # pylint: disable=W0718
                failures.append(error)

        with lkl.Image(other) as second:
            threads = [threading.Thread(target=work, args=(fs, n))
                       for n in range(6) for fs in (self.fs, second)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])

    def test_reading_while_writing_much(self):
        """Answers that nobody waits for yet do not stop other requests."""
        data = bytes(range(256)) * (32 << 10)
        self.fs.path("/a").write_bytes(data)
        readers = [self.fs.open("/a", "rb", 1 << 20) for _ in range(6)]
        for reader in readers:
            for _ in range(5):
                reader.read(1 << 20)
        self.fs.path("/b").write_bytes(data * 4)
        for reader in readers:
            self.assertTrue(reader.read() == data[5 << 20:])
            reader.close()


class StartAndEnd(unittest.TestCase):
    def test_failed_start(self):
        with self.assertRaises(lkl.ImageError) as caught:
            lkl.Image("nowhere")
        self.assertEqual(str(caught.exception),
                         "nowhere: cannot open: No such file or directory")
        self.assertIsInstance(caught.exception, OSError)
        with open("zeroes", "wb") as file:
            file.truncate(1 << 20)
        with self.assertRaisesRegex(lkl.ImageError, "no file system found"):
            lkl.Image("zeroes")
        with self.assertRaisesRegex(lkl.ImageError, "cannot start"):
            lkl.Image("zeroes", program="/nowhere/lklfs")
        with self.assertRaisesRegex(lkl.ImageError, "speaks no SFTP|status 0"):
            lkl.Image("zeroes", program="true")
        # One that prints the image, and one that greets its user first.
        with open("welcome", "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho Welcome\ncat\n")
        os.chmod("welcome", 0o755)
        for program in "cat", "./welcome":
            with self.assertRaisesRegex(lkl.ImageError, "speaks no SFTP"):
                lkl.Image("zeroes", program=program)

    def test_options(self):
        make_image("./-part", 32 << 20)
        with open("disk", "wb") as file, open("-part", "rb") as part:
            file.truncate(40 << 20)
            file.seek(4 << 20)
            file.write(part.read())
        subprocess.run(["sfdisk", "-q", "disk"], check=True,
                       input=b"label: gpt\nstart=4MiB, size=32MiB\n")
        # One sentence; the table is beside it.
        with self.assertRaises(lkl.ImageError) as caught:
            lkl.Image("disk", partition=7)
        self.assertEqual(str(caught.exception), "disk: no partition 7")
        self.assertRegex(caught.exception.details, r"(?m)^ *1 .*ext4")
        with lkl.Image("disk", partition=1) as fs:
            fs.path("/f").write_text("in the partition")
        for kwargs in ({"partition": 1, "read_only": True},
                       {"offset": 4 << 20, "size": 32 << 20,
                        "read_only": True}):
            with lkl.Image("disk", **kwargs) as fs:
                self.assertEqual(fs.open("f").read(), "in the partition")
                with self.assertRaises(OSError) as caught:
                    fs.open("/f", "w")
                self.assertEqual(caught.exception.errno, errno.EROFS)
        with lkl.Image("disk", partition=1, snapshot=True) as fs:
            fs.remove("/f")
        with lkl.Image("disk", partition=1, read_only=True) as fs:
            self.assertTrue(fs.exists("/f"))
        with lkl.Image("-part") as fs:
            self.assertEqual(fs.listdir(), ["lost+found"])

    def test_lock(self):
        make_image("locked", 32 << 20)
        with lkl.Image("locked"):
            with self.assertRaisesRegex(lkl.ImageError, "locked|in use"):
                lkl.Image("locked")

    def test_forgotten(self):
        """An image that nobody closes is closed with its last file."""
        make_image("forgotten", 32 << 20)
        file = lkl.Image("forgotten").open("/f", "w")
        file.write("text")
        file.close()
        del file
        gc.collect()
        with lkl.Image("forgotten") as fs:
            self.assertEqual(fs.open("/f").read(), "text")

    def test_end_writes_open_files(self):
        """Buffers of files that nobody closed are in the image."""
        make_image("buffers", 32 << 20)
        with lkl.Image("buffers") as fs:
            text = fs.open("/text", "w")
            text.write("text")
            binary = fs.open("/binary", "wb")
            binary.write(b"binary")
            both = fs.open("/both", "w+b")
            both.write(b"both")
            outer = fs.open("/detached", "w")
            inner = outer.detach()
            inner.write(b"detached")
            reader = fs.open("/text")
        for file in text, binary, both, inner, reader:
            self.assertTrue(file.closed)
            file.close()
        fs.close()
        with lkl.Image("buffers", read_only=True) as fs:
            for name in "text", "binary", "both", "detached":
                self.assertEqual(fs.open(name).read(), name)

    def test_end_raises_errors_of_open_files(self):
        make_image("small", 8 << 20)
        for how in "close", "with", "error":
            fs = lkl.Image("small")
            file = fs.open("/full", "wb", 16 << 20)
            file.write(bytes([1]) * (12 << 20))
            other = fs.open("/other", "w")
            other.write(how)
            with self.assertRaises(OSError) as caught:
                if how == "close":
                    fs.close()
                else:
                    with fs:
                        if how == "error":
                            raise FileExistsError(17, "first", "/first")
            self.assertEqual((caught.exception.errno,
                              caught.exception.filename),
                             (17, "/first") if how == "error" else
                             (28, "/full"))
            self.assertTrue(fs.closed and file.closed and other.closed)
            with lkl.Image("small") as fs:
                fs.remove("/full")

    def test_exit_writes_open_files(self):
        make_image("exit", 32 << 20)
        subprocess.run([sys.executable, "-c", """if True:
            import lkl
            fs = lkl.Image("exit")
            file = fs.open("/f", "w")
            file.write("text")
            """], check=True)
        with lkl.Image("exit", read_only=True) as fs:
            self.assertEqual(fs.open("/f").read(), "text")

    def test_fork(self):
        """A child cannot use the image, and does not disturb its parent."""
        make_image("forked", 32 << 20)
        program = """if True:
            import os, sys, time
            import lkl
            fs = lkl.Image("forked")
            fs.path("/data").write_bytes(bytes(1 << 20))
            reader = fs.open("/data", "rb", 0)
            reader.read(100000)          # more is asked for ahead
            file = fs.open("/f", "w")
            file.write("text")
            end_in, end_out = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(end_out)
                for call in (fs.listdir, reader.readall, file.flush,
                             fs.close, lambda: fs.open("/g", "w")):
                    try:
                        call()
                    except RuntimeError as error:
                        print(error, flush=True)
                os.read(end_in, 1)       # the parent closes the image before
                sys.exit(7)
            file.write(" and more")
            fs.close()
            os.close(end_out)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
        done = subprocess.run([sys.executable, "-c", program], check=True,
                              timeout=60, capture_output=True, text=True)
        self.assertEqual(done.stdout.splitlines(),
                         ["the image was opened by another process"] * 5 +
                         ["7"])
        self.assertEqual(done.stderr, "")
        with lkl.Image("forked", read_only=True) as fs:
            self.assertEqual(fs.open("/f").read(), "text and more")

    def test_closed(self):
        make_image("closed", 32 << 20)
        fs = lkl.Image("closed")
        file = fs.open("/f", "wb", 0)
        file.write(b"text")
        fs.close()
        fs.close()
        self.assertTrue(fs.closed)
        for call in (lambda: fs.stat("/"), lambda: file.read(1)):
            with self.assertRaises(ValueError):
                call()
        file.close()
        with lkl.Image("closed", read_only=True) as fs:
            self.assertEqual(fs.open("/f").read(), "text")


if __name__ == "__main__":
    unittest.main()
