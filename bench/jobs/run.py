# SPDX-License-Identifier: GPL-2.0-only
"""
Programs of the host work on an image: below lklrun, on mounts of it, and below
proot on a loop mount, which catches system calls as lklrun does.
"""

import os
import subprocess

from lib import needs
from lib.aims import PROOT
from lib.data import BENCH, sh
from lib.job import Job, Skip, Variant
from lib.mounts import mounted

from .mounted import FRESH, SAME_IMAGE, to_write_on, with_room, wrote
from .mounted_build import FROM_IMAGE

CALLS = {"stat": 20000, "open": 20000, "read": 50000, "getdents": 10000}

SYNC = '; sync -f "$mnt"'

# As configure scripts do: small programs, one after another, and small files.
SCRIPT = ('for i in $(seq 100); do echo "int f$i;" >"$mnt/f$i.c"; '
          'cp "$mnt/f$i.c" "$mnt/copy"; grep -q int "$mnt/copy"; '
          'rm "$mnt/copy"; done')

WORK = {
    "configure": 'cd "$mnt/project"; ./configure >/dev/null; cd "$OLDPWD"',
    "compile": 'cd "$mnt/project"; make -s -j"$(nproc)"; cd "$OLDPWD"',
    "git-status": 'git -c safe.directory="*" -C "$mnt/repository" status '
                  '--porcelain --branch >result',
    "find": 'find "$mnt/repository" -type f -printf "%P %m %s %T@\\n" >result',
}
# It leaves a file "result" beside the mount, if WORK did not.  Its lines are the
# same on all file systems.
RESULT = {
    "configure": 'cp "$mnt/project/config.h" result',
    "compile": '"$mnt/project/program" >result',
    "git-status": "",
    "find": "",
}
TITLES = {
    "configure": "A configure script on an image: start, work, end",
    "compile": "A compile on an image: start, work, end",
    "git-status": "git status on an image: start, work, end",
    "find": "find on an image: start, work, end",
}


def same_result(name):
    """What was written is taken out of the image."""
    get = RESULT[name] and f"{FROM_IMAGE}{RESULT[name]}; "
    return get + 'sort result | cmp - "$expected"'


REPOSITORY = r'''
cp -a "$2" "$1" && cd "$1"
git init -q -b main .
# The index holds for a copy of the files, too.
git config core.trustctime false
git config core.checkStat minimal
git add -A
git -c user.name=bench -c user.email=bench@example.org commit -q -m files
'''


def below(run, before="", end="", proot=False, **common):
    """
    The same command below lklrun, and on mounts.  When lklrun ends, the image has
    everything; on a mount, the command @end does that.
    """
    variants = [
        Variant("lklrun", f"lklrun -i \"$image\" --at=\"$mnt\" -- "
                f"bash -euo pipefail -c '{run}'", ours=True, before=before,
                needs=[needs.tool("lklrun")], **common),
        *mounted(run + end, before=before, **common)]
    if proot:
        # Some of its system calls take names from the folder where it started.
        start = run.split(";")[0] + "; " if run.startswith("cd ") else ""
        variants.append(Variant(
            PROOT, f"{start}proot bash -euo pipefail -c '{run}'{end}",
            mount='mount -o loop "$image" "$mnt"', before=before,
            needs=[needs.loop, needs.program("proot")], **common))
    return variants


def with_calls(case):
    case.env["count"] = CALLS[case["call"]]
    to_write_on(case, case.data.image("ext4", size=512 << 20))


def with_script(case):
    to_write_on(case, case.data.image(case["type"], size=512 << 20))


def make_tree(case, new):
    sources = case.data.tree(max(case.settings.files // 10, 10))
    os.mkdir(new)
    subprocess.check_call([os.path.join(BENCH, "make-project"),
                           f"{new}/project"])
    sh(REPOSITORY, f"{new}/repository", sources)


def make_expected(tree, work, new):
    """The lines of "result" where the host's own file system has the tree."""
    sh('mkdir "$1.work"; cp -a "$2" "$1.work/mnt"; '
       '(cd "$1.work"; export mnt="$PWD/mnt"; eval "$3"); '
       'sort "$1.work/result" >"$1"; rm -r "$1.work"', new, tree, work)


def with_work(name):
    def prepare(case):
        for program in ("autoreconf", "git"):
            if needs.program(program)():
                raise Skip(needs.program(program)())
        files = case.settings.files
        tree = case.data.made(f"work-{files}",
                              lambda new: make_tree(case, new))
        case.env["expected"] = case.data.made(
            f"work-{files}-{name}",
            lambda new: make_expected(
                tree, "; ".join(filter(None, (WORK[name], RESULT[name]))),
                new))
        to_write_on(case, case.data.image(case["type"], tree))
    return prepare


JOBS = [
    Job("run-calls", "A call of a program on a file of an image", unit="ns",
        printed=True, prepare=with_calls,
        unverified="the program fails if a call does",
        cases=[{"call": call, "type": "ext4"} for call in CALLS],
        variants=below('exec "$bench/host/file-calls" $call "$mnt" $count')),
    Job("run-untar", "Untar into an image: start, work, end",
        prepare=with_room, cases=[{"type": "ext4"}], verify_unmounted=True,
        variants=below('tar -C "$mnt" -xf "$tar"', before=FRESH, end=SYNC,
                       verify=SAME_IMAGE)),
    Job("run-script", "A script of small programs on an image: start, work, end",
        prepare=with_script, cases=[{"type": "ext4"}], verify_unmounted=True,
        variants=below(SCRIPT, before=FRESH, end=SYNC,
                       verify=wrote(f'(mnt=wanted; {SCRIPT})'))),
    *[Job(f"run-{name}", TITLES[name], prepare=with_work(name),
          cases=[{"type": "ext4"}], verify_unmounted=True,
          variants=below(work, before=FRESH, end=SYNC, proot=True,
                         verify=same_result(name)))
      for name, work in WORK.items()],
]
