#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bench-report.sh - what the benchmark's summary says follows from its results: too
# few runs, a busy machine and another commit count for nothing, aims are judged
# by the largest ratio, and a result that is not verified is no result.

. "$top_srcdir/tests/helpers/lib.sh"
need python3

cat >report-test.py <<'END'
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "bench"))
from lib import aims, figures, job, machine, report, runner

MACHINE = {"cpu": "a processor", "processors": 4, "used": 4, "virtual": False,
           "memory_mib": 4096, "host_kernel": "6.1", "architecture": "x"}


def key(commit, date="2026-01-02"):
    return {"date": date, "project": commit, "machine": MACHINE,
            "user": "root"}


def variant(name, seconds, runs=9, ours=False):
    return {"name": name, "ours": ours, "value": figures.summary(
        [seconds] * runs)}


def result(ours, peer, runs=9, busy=0.0, run=None, **params):
    variants = [variant("tar2fs", ours, runs, True),
                variant("mke2fs -d", peer, runs)]
    runner.compare_all(variants)
    return {"name": "image-of-tree", "title": "Images", "unit": "s",
            "per": "", "scales_with": "", "date": "2026-01-02 03:04",
            "run": run or key("commit a"), "settings": "", "cases": [
                {"params": {"type": "ext4", **params}, "variants": variants,
                 "busy": busy}]}


def summary(*jobs):
    return report.summary({"jobs": list(jobs), "versions": {}})


def expect(text, *wanted, absent=()):
    for w in wanted:
        assert w in text, f"no '{w}' in:\n{text}"
    for w in absent:
        assert w not in text, f"'{w}' in:\n{text}"


AIM = "| tree to image | mke2fs -d | 1.0 |"
expect(summary(result(1, 2)), AIM + " 0.50 | 0.50 | met |",
       "| `image-of-tree` | mke2fs -d | 0.50 | 0.50 | 0.50 | 1 | 0 | 0 |",
       "other aims", "2026-01-02, commit a, 4 processors, as root")
expect(summary(result(3, 2)), AIM + " 1.50 | 1.50 | not met |")

# Two cases, of which one misses the aim.
both = result(1, 2, cache="warm")
both["cases"] += result(3, 2, cache="cold")["cases"]
expect(summary(both), AIM + " 0.50 | 1.50 | met in 1 of 2 cases |")

# Neither counts, and the summary says so.
for bad in (result(1, 2, runs=8), result(1, 2, busy=0.5)):
    expect(summary(bad), "Left out: 1 comparisons", absent=[AIM, "0.50"])

# Two commits have tables of their own, the later first.
text = summary(result(1, 2), result(3, 2, run=key("commit b", "2026-01-03")))
assert 0 < text.index("commit b") < text.index("commit a"), text
expect(text, AIM + " 0.50 | 0.50 | met |", AIM + " 1.50 | 1.50 | not met |")

# An aim beside another job: four at once, and four in turn.
untar = {"params": {}, "busy": 0.0, "variants": [variant("lklfuse", 1)]}
four = {"params": {}, "busy": 0.0, "variants": [variant("lklfuse", 1.4)]}
rows, _ = aims.judge([{"name": "mounted-untar", "cases": [untar]},
                      {"name": "mounted-untar4", "cases": [four]}],
                     report.usable)
assert [(r[2], round(r[4], 2), r[5]) for r in rows] == [(0.4, 0.35, "met")], \
    rows

# Each aim names a job and a variant that there are, and each job verifies.
sys.argv = ["run"]
jobs = {}
for name in os.listdir(os.path.join(os.environ["top_srcdir"], "bench/jobs")):
    if name.endswith(".py"):
        module = __import__("jobs." + name[:-3], fromlist=["JOBS"])
        jobs.update({j.name: {v.name for v in j.variants}
                     for j in module.JOBS})
        for j in module.JOBS:
            assert j.printed or j.unverified or \
                all(v.verify for v in j.variants), j.name
for aim in aims.AIMS:
    assert aim.variant in jobs[aim.job], aim
    assert aim.peer in jobs[aim.peer_job or aim.job], aim


# The order rotates, a busy machine is refused, a wrong result is a failure.
class Settings:
    busy = False
    runs = 3
    patience = 60


def measure(variants, settings=Settings):
    os.makedirs("data", exist_ok=True)
    r = runner.Runner(settings(), None, os.path.abspath("work"),
                      os.path.abspath("programs"), "", lambda line: None, key("commit"))
    j = job.Job("test", "A test", variants)
    return r._run_case(j, job.Case(j, {}, settings(), None,
                                   os.path.abspath("work/case")))


os.makedirs("programs/host", exist_ok=True)
with open("programs/host/measure", "w") as f:
    f.write('#!/bin/sh\necho 1 $$ >"$1"; echo 0.1 0 0 100 >>"$1"\n'
            'shift\nexec "$@"\n')
os.chmod("programs/host/measure", 0o755)
os.environ["LOG"] = os.path.abspath("order")
machine.busy = lambda seconds=1.0: 0.0
done = measure([
    job.Variant("a", 'echo a >>"$LOG"', ours=True, verify="true"),
    job.Variant("b", 'echo b >>"$LOG"', verify="echo wrong >&2; false")])
with open("order") as f:
    order = f.read().split()
assert order == ["a", "b", "a", "a"], order
assert "wrong" in done["variants"][1]["failed"], done
os.unlink("order")
measure([job.Variant("a", 'echo a >>"$LOG"', ours=True, verify="true"),
         job.Variant("b", 'echo b >>"$LOG"', verify="true")])
with open("order") as f:
    order = f.read().split()
assert order == ["a", "b", "b", "a", "a", "b"], order
machine.busy = lambda seconds=1.0: 0.5
runner.WAIT_FOR_QUIET = 0
try:
    measure([job.Variant("a", "true", ours=True, verify="true")])
    sys.exit("a busy machine was not refused")
except runner.Busy as e:
    assert "50 %" in str(e), e
END
run_check python3 report-test.py

# The program that verifies: it tells what differs.
mkdir -p tree/dir
echo one >tree/dir/one
echo two >tree/two
verify=$top_srcdir/bench/verify
cp -a tree copy
run_check "$verify" directory tree copy
tar -C tree -cf good.tar .
run_check "$verify" archive tree <good.tar
echo other >copy/two
run_mustfail 1 'copy: two differs' "$verify" directory tree copy
rm copy/two
run_mustfail 1 'copy: two is missing' "$verify" directory tree copy
tar -C copy -cf bad.tar .
run_mustfail 1 'archive: two is missing' "$verify" archive tree <bad.tar
echo more >copy/more
cp tree/two copy
run_mustfail 1 'more should not be there' "$verify" directory tree copy
