# SPDX-License-Identifier: GPL-2.0-only
"""
Programs are compiled on a mounted xfs: a kernel source is unpacked there, and
built with as many jobs as there are processors.
"""

import os

from lib.job import Job, Variant
from lib.mounts import mounted

from .mounted import FRESH, to_write_on

UNPACK = ('if [ -d "$LINUX_SOURCE" ]; then cp -a "$LINUX_SOURCE" "$mnt/linux"; '
          'else mkdir "$mnt/linux"; tar -C "$mnt/linux" --strip-components=1 '
          '-xf "$LINUX_SOURCE"; fi; ')
BUILD = {
    # Some of a kernel that needs no libraries of the host.
    "small": UNPACK + 'cd "$mnt/linux"; make -s tinyconfig; '
             'make -s -j"$(nproc)" lib/ mm/ fs/',
    # All of this project, with its kernel.
    "full": 'mkdir "$mnt/build"; cd "$mnt/build"; "$top_srcdir"/configure '
            '--with-linux="$LINUX_SOURCE" >configure.log; '
            'make -j"$(nproc)" >make.log 2>&1',
}
RUN = 'eval "$commands"; sync -f "$mnt"'
# What the image has is where it was made.
FROM_IMAGE = ('trap \'rm -rf "${mnt:?}"/*\' EXIT; '
              'fs2tar -q "$image" - | tar -C "$mnt" -xf -; ')
# What was made is there, and its parts are sound to the program that joins them.
VERIFY = {"small": 'nm "$mnt/linux/fs/built-in.a" >/dev/null 2>&1',
          "full": '"$mnt/build/bin/lklfuse" --version >/dev/null'}


def linux_source():
    if os.environ.get("LINUX_SOURCE"):
        return None
    return "LINUX_SOURCE is not set, as make bench does"


def prepare(case):
    case.env["commands"] = BUILD[case["form"]]
    # Of a kernel source and its build: more than passthrough_ll may open?
    case.env["files"] = 90000
    case.env["verification"] = VERIFY[case["form"]]
    to_write_on(case, case.data.image(case["type"], size=8 << 30))


JOBS = [
    Job("mounted-build", "Mounted: unpack a kernel source and build",
        heavy=True, prepare=prepare, verify_unmounted=True, enough=3,
        cases=[{"type": "xfs", "form": form} for form in BUILD],
        variants=mounted(RUN, before=FRESH,
                         verify=FROM_IMAGE + 'eval "$verification"',
                         extra=[linux_source]) + [
            Variant("host's file system", RUN, cleanup='rm -rf "${mnt:?}"/*',
                    after='rm -rf "${mnt:?}"/*',
                    verify='eval "$verification"', needs=[linux_source])]),
]
