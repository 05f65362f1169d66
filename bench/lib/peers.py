# SPDX-License-Identifier: GPL-2.0-only
"""
peers.py - compiles a peer: libfuse's passthrough_ll, from the source in its
development package.
"""

import glob
import os
import shlex
import subprocess

SOURCES = ["/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c",
           "/usr/share/doc/fuse3-devel*/example*/passthrough_ll.c"]

_reasons = {"passthrough_ll": "it was not compiled"}


def passthrough():
    return _reasons["passthrough_ll"]


def build(directory):
    os.makedirs(directory, exist_ok=True)
    _reasons["passthrough_ll"] = _build_passthrough(directory)


def _build_passthrough(directory):
    found = [p for pattern in SOURCES for p in glob.glob(pattern)]
    if not found:
        return "its source (libfuse3-dev) is not installed"
    try:
        flags = subprocess.check_output(
            ["pkg-config", "--cflags", "--libs", "fuse3"], text=True,
            stderr=subprocess.DEVNULL)
        subprocess.run(
            [os.environ.get("CC", "gcc"), "-O2", "-w", found[0], "-o",
             os.path.join(directory, "passthrough_ll")] + shlex.split(flags),
            check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "it does not compile"
    return None
