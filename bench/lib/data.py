# SPDX-License-Identifier: GPL-2.0-only
"""
data.py - makes trees and images once, for all jobs of a run.
"""

import os
import re
import subprocess

from . import needs
from .job import Skip

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def parse_size(text):
    found = re.fullmatch(r"(\d+)([KMGT]?)", str(text))
    if not found:
        raise ValueError(f"{text}: not a size")
    return int(found[1]) << {"": 0, "K": 10, "M": 20, "G": 30,
                             "T": 40}[found[2]]


def sh(script, *args):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script, "data",
                           *map(str, args)], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script}: "
                           + done.stderr.decode(errors="replace").strip())
    return done.stdout.decode(errors="replace")


MKFS = {
    "ext4": 'mke2fs -q -F -t ext4 ${2:+-d "$2"} "$1"',
    "xfs": 'mkfs.xfs -q -f "$1"',
    "btrfs": 'mkfs.btrfs -q ${2:+--rootdir "$2"} "$1" >/dev/null',
}
# The same for an ordinary user, who writes there: the top folder is the user's, and
# nothing is there that the user may not read.
MKFS_OF_USER = {
    "ext4": 'mke2fs -q -F -t ext4 -E root_owner="$(id -u):$(id -g)" '
            '${2:+-d "$2"} "$1"; for field in "uid $(id -u)" "gid $(id -g)"; do '
            'debugfs -w -R "set_inode_field lost+found $field" "$1" 2>/dev/null; '
            'done',
    "xfs": 'printf "/\\n0 0\\nd--755 %s %s\\n$\\n" "$(id -u)" "$(id -g)" '
           '>"$1.proto"; mkfs.xfs -q -f -p "$1.proto" "$1"; rm "$1.proto"',
    "btrfs": 'mkfs.btrfs -q ${2:+--rootdir "$2"} "$1" >/dev/null; '
             'lklfs chown "$1" "$(id -u):$(id -g)" /',
}


class Data:
    """Makes each file under another name first, and then renames it: an
    interrupted run leaves nothing that looks complete."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)

    def made(self, name, make):
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            new = path + ".new"
            subprocess.check_call(["rm", "-rf", new])
            make(new)
            os.rename(new, path)
        return path

    def tree(self, files):
        """Small files, as in a program's sources."""
        return self.made(f"tree-{files}", lambda new: subprocess.check_call(
            [os.path.join(BENCH, "make-tree"), new, str(files)]))

    def large(self, size):
        """A directory with one file that does not compress."""
        return self.made(f"large-{size}", lambda new: sh(
            'mkdir "$1"; head -c "$2" /dev/urandom >"$1/file"', new, size))

    def tar(self, tree):
        """An archive of a tree."""
        return self.made(os.path.basename(tree) + ".tar", lambda new: sh(
            'tar -C "$2" -cf "$1" .', new, tree))

    def converted(self, source, fmt):
        """A file as an image of another format."""
        name = os.path.basename(os.path.dirname(source)) + "." + fmt
        return self.made(name, lambda new: sh(
            'qemu-img convert -f raw -O "$1" "$2" "$3"', fmt, source, new))

    @staticmethod
    def copy(image, to):
        sh('cp --sparse=always "$1" "$2"', image, to)

    def image(self, fstype, tree=None, size=None):
        """An image with a file system that holds the files of @tree."""
        if not needs.find("mke2fs" if fstype == "ext4" else f"mkfs.{fstype}"):
            raise Skip(f"mkfs for {fstype} is not installed")
        if size is None:
            kib = int(sh('du -sk --apparent-size "$1"; find "$1" | wc -l',
                         tree).split()[0])
            count = int(sh('find "$1" | wc -l', tree))
            size = (kib // 1024 * 3 // 2 + count * 6 // 1024 + 600) << 20
        name = "-".join(["image", fstype, str(size)] +
                        ([os.path.basename(tree)] if tree else []) +
                        ([f"of-{os.geteuid()}"] if os.geteuid() else []))
        return self.made(name, lambda new: self._make_image(
            new, fstype, tree, size))

    def _make_image(self, new, fstype, tree, size):
        mkfs = (MKFS_OF_USER if needs.root() else MKFS)[fstype]
        sh('truncate -s "$2" "$1"', new, size)
        if not tree:
            sh(mkfs, new, "")
        elif not needs.loop() and not needs.host_mounts(fstype)():
            sh(mkfs, new, "")
            sh('mkdir -p "$1.mnt"; mount -o loop "$1" "$1.mnt"; '
               'cp -a "$2/." "$1.mnt" || { umount "$1.mnt"; exit 1; }; '
               'umount "$1.mnt"; rmdir "$1.mnt"', new, tree)
        elif fstype != "xfs":
            sh(mkfs, new, tree)
        elif needs.find("cptofs"):
            sh(mkfs, new, "")
            sh('shopt -s dotglob; cptofs -i "$1" "$2"/* /', new, tree)
        else:
            raise Skip("filling an xfs needs root or cptofs")


def first_line(path):
    """Of a file that may not be there."""
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.readline().rstrip("\n")
    except OSError:
        return ""


def warm(path):
    sh('sync -f "$1"; find "$1" -type f -exec cat {} + >/dev/null', path)


def cold(path):
    """Write the file or folder to the disk, and drop it from the host's cache."""
    if os.path.isdir(path):
        sh('sync -f "$1"', path)
        for directory, _, files in os.walk(path):
            for name in files:
                with open(os.path.join(directory, name), "rb") as f:
                    os.posix_fadvise(f.fileno(), 0, 0,
                                     os.POSIX_FADV_DONTNEED)
        if os.geteuid() == 0:
            # Directories and inodes, too.
            with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as f:
                f.write("2")
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
        for _ in range(3):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            if not _cached_pages(path):
                return
        if os.geteuid() == 0:
            with open("/proc/sys/vm/drop_caches", "w",
                      encoding="ascii") as f:
                f.write("1")
        if _cached_pages(path):
            raise RuntimeError(f"{path} stays in the host's cache")
    finally:
        os.close(fd)


def _cached_pages(path):
    if not needs.find("fincore"):
        return 0
    return int(sh('fincore -nbo PAGES "$1"', path).split()[0])
