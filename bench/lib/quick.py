# SPDX-License-Identifier: GPL-2.0-only
"""
quick.py - a few figures that hardly depend on what else the machine does:
instructions, counted by callgrind, and ratios to the host's own calls in the
same run.  They are compared with those in docs/performance-quick.json.

Instruction counts depend on the compiler and on the features of the processor:
they are judged only if both are the same.  They do not include the host's
kernel.
"""

import os
import re
import subprocess

from . import machine, needs
from .data import sh
from .figures import compare, summary
from .job import Skip

# An increase above these is a regression.  When two threads hand over to each
# other, chance decides which of them waits.
TOLERANCE = {"instructions": 0.03, "ratio": 0.30}
TOLERANCE_HAND_OVER = {"instructions": 0.15, "ratio": 0.50}
FILES = 1000


class Quick:
    def __init__(self, data, programs, work, say):
        self.data = data
        self.programs = programs
        self.work = work
        self.say = say
        self.figures = {}
        self.skipped = {}

    def run(self):
        for name, measure in (
                ("start, halt", lambda: self._count(
                    self._program("start"), "halt")),
                ("100,000 null calls", lambda: self._count(
                    self._program("null-call"), "library", "100000")),
                ("5,000 hand-over round trips", lambda: self._count(
                    self._program("hand-over"), "library", "5000"))):
            self._note(name, "instructions", measure)
        for fstype in ("ext4", "xfs", "btrfs"):
            self._note(f"fs2tar of {FILES} files, {fstype}", "instructions",
                       lambda t=fstype: self._fs2tar(t))
            self._note(f"cptofs of {FILES} files, {fstype}", "instructions",
                       lambda t=fstype: self._cptofs(t))
        self._note("fs2tar of a large file, ext4", "instructions",
                   lambda: self._tool("fs2tar", self._image(
                       "ext4", self.data.large(64 << 20)), self._out()))
        self._note("null call / host's", "ratio", lambda: self._ratio(
            ["null-call", "library", "200000"],
            ["null-call", "host", "200000"]))
        self._note("hand-over / host's futexes", "ratio", lambda: self._ratio(
            ["hand-over", "library", "20000"],
            ["hand-over", "futex", "20000"]))
        return {"key": key(), "figures": self.figures,
                "skipped": self.skipped}

    def _note(self, name, kind, measure):
        self.say(name)
        try:
            self.figures[name] = {"kind": kind, "value": measure()}
        except (Skip, RuntimeError) as e:
            self.skipped[name] = str(e)

    def _program(self, name):
        return os.path.join(self.programs, name)

    def _out(self):
        return os.path.join(self.work, "out.tar")

    def _tool(self, name, *arguments):
        # valgrind does not work in the sandbox.
        return self._count(name, "--no-sandbox", *arguments)

    def _count(self, *command):
        if not needs.find("valgrind"):
            raise Skip("valgrind is not installed")
        if not needs.find(command[0]):
            raise Skip(f"{os.path.basename(command[0])} is not built")
        command = [os.path.realpath(needs.find(command[0])), *command[1:]]
        try:
            done = self._callgrind(command)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{command}: does not end") from None
        said = done.stderr.decode(errors="replace")
        # The guardian is another process; it executes fewer instructions.
        found = re.findall(r"Collected : (\d+)", said)
        if done.returncode or not found:
            raise RuntimeError(f"{command}: exit status {done.returncode}: "
                               + said[-400:])
        return max(map(int, found))

    def _callgrind(self, command):
        return subprocess.run(
            [self._program("host/no-uring"), "valgrind", "--tool=callgrind",
             "--callgrind-out-file=/dev/null", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, check=False, cwd=self.work, timeout=120)

    def _image(self, fstype, tree=None, size=256 << 20):
        """The same image each time, as far as mkfs allows."""
        uuid = "01234567-89ab-cdef-0123-456789abcdef"
        image = os.path.join(self.work, f"quick-{fstype}")
        if not needs.find("mke2fs" if fstype == "ext4" else f"mkfs.{fstype}"):
            raise Skip(f"mkfs for {fstype} is not installed")
        sh('rm -f "$1"; truncate -s "$2" "$1"', image, max(
            size, {"xfs": 512 << 20}.get(fstype, 0)))
        if fstype == "ext4":
            sh('mke2fs -q -F -t ext4 -U "$1" -E hash_seed="$1" '
               '${3:+-d "$3"} "$2"', uuid, image, tree or "")
        elif fstype == "btrfs":
            sh('mkfs.btrfs -q -U "$1" ${3:+--rootdir "$3"} "$2"', uuid, image,
               tree or "")
        else:
            proto = "/dev/null"
            if tree:
                proto = os.path.join(self.work, "protofile")
                with open(proto, "w", encoding="utf-8") as f:
                    f.write("/dev/null\n0 0\n")
                    _prototype(f, tree)
            sh('mkfs.xfs -q -m uuid="$1" ${3:+-p "$3"} "$2"', uuid, image,
               proto if tree else "")
        return image

    def _fs2tar(self, fstype):
        return self._tool("fs2tar", self._image(
            fstype, self.data.tree(FILES)), self._out())

    def _cptofs(self, fstype):
        image = self._image(fstype)
        tree = self.data.tree(FILES)
        return self._tool("cptofs", "-i", image, *(
            os.path.join(tree, e) for e in sorted(os.listdir(tree))), "/")

    def _ratio(self, ours, theirs):
        """Measure on one processor: the placement of threads would matter
        more than their work."""
        processor = min(os.sched_getaffinity(0))
        values = ([], [])
        for _ in range(7):
            for command, to in zip((ours, theirs), values):
                to.append(float(subprocess.check_output(
                    [self._program(command[0]), *command[1:]],
                    preexec_fn=lambda: os.sched_setaffinity(
                        0, {processor}))))
        return compare(summary(values[0]), summary(values[1]))[0]


def _prototype(f, directory, mode="d--755 0 0"):
    """Write a prototype file for mkfs.xfs -p."""
    f.write(mode + "\n")
    for entry in sorted(os.scandir(directory), key=lambda e: e.name):
        if entry.is_dir():
            f.write(entry.name + " ")
            _prototype(f, entry.path)
        else:
            f.write(f"{entry.name} ---644 0 0 {entry.path}\n")
    f.write("$\n")


def key():
    """The versions on which instruction counts depend."""
    versions = machine.versions()
    return {"cpu": machine.describe()["cpu"],
            **{k: versions.get(k) for k in ("gcc", "valgrind",
                                            "e2fsprogs", "btrfs-progs",
                                            "xfsprogs")}}


def judge(now, before):
    """Lines to print, and the number of regressions."""
    lines, worse = [], 0
    same = before.get("key") == now["key"]
    if before and not same:
        changed = [k for k in now["key"]
                   if before["key"].get(k) != now["key"][k]]
        lines.append("instructions are not judged, for the committed ones "
                     "were counted with another " + ", ".join(changed))
    for name, entry in now["figures"].items():
        old = before.get("figures", {}).get(name)
        value = _show(entry)
        if not old:
            lines.append(f"{name:<36} {value:>14}  nothing to compare with")
            continue
        change = entry["value"] / old["value"] - 1
        tolerance = (TOLERANCE_HAND_OVER if "hand-over" in name else
                     TOLERANCE)[entry["kind"]]
        verdict = ""
        if entry["kind"] == "instructions" and not same:
            verdict = "not judged"
        elif change > tolerance:
            verdict = "REGRESSION"
            worse += 1
        elif change < -tolerance:
            verdict = "better: commit a new report"
        lines.append(f"{name:<36} {value:>14}  {100 * change:+6.1f} %  "
                     f"{verdict}".rstrip())
    for name, reason in now["skipped"].items():
        lines.append(f"{name:<36} skipped: {reason}")
    return lines, worse


def _show(entry):
    if entry["kind"] == "instructions":
        return f"{entry['value'] / 1e6:,.2f} M instr"
    return f"{entry['value']:.3f}"
