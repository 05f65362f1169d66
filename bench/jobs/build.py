# SPDX-License-Identifier: GPL-2.0-only
"""The size of the library and the time of a full build."""

import os

from lib.job import Job, Variant


def linux_source():
    if os.environ.get("LINUX_SOURCE"):
        return None
    return "LINUX_SOURCE is not set, as make bench does"


JOBS = [
    Job("library-size", "Library, stripped", unit="MiB", printed=True, runs=1,
        variants=[Variant(
            "liblkl.so", 'strip -o lib "$top_builddir"/lkl/.libs/liblkl.so; '
            'stat -c %s lib | awk \'{ print $1 / 1048576 }\'', ours=True)]),
    Job("build", "Full build, as many jobs as there are processors", runs=1,
        heavy=True, variants=[Variant(
            "configure and make", 'mkdir build; cd build; '
            '"$top_srcdir"/configure --with-linux="$LINUX_SOURCE" '
            '>configure.log; make -j"$(nproc)" >make.log 2>&1', ours=True,
            verify="build/bin/fs2tar --version >/dev/null",
            after="rm -rf build", needs=[linux_source])]),
]
