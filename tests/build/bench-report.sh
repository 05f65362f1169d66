#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bench-report.sh - what the benchmark's summary says follows from its results: too
# few runs, a busy machine and another commit count for nothing, aims are judged
# by the largest ratio, and a result that is not verified is no result.  The order
# is balanced.  The program that verifies finds what differs.

. "$top_srcdir/tests/helpers/lib.sh"
need python3

cat >report-test.py <<'END'
import os
import subprocess
import sys
import time

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


def result(ours, peer, runs=9, others=0.0, run=None, **params):
    variants = [variant("tar2fs", ours, runs, True),
                variant("mke2fs -d", peer, runs)]
    runner.compare_all(variants)
    return {"name": "image-of-tree", "title": "Images", "unit": "s",
            "per": "", "scales_with": "", "date": "2026-01-02 03:04",
            "run": run or key("commit a"), "settings": "", "cases": [
                {"params": {"type": "ext4", **params}, "variants": variants,
                 "others": others}]}


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
for bad in (result(1, 2, runs=8), result(1, 2, others=0.5)):
    expect(summary(bad), "Left out: 1 comparisons", absent=[AIM, "0.50"])

# Two commits have tables of their own, the later first.
text = summary(result(1, 2), result(3, 2, run=key("commit b", "2026-01-03")))
assert 0 < text.index("commit b") < text.index("commit a"), text
expect(text, AIM + " 0.50 | 0.50 | met |", AIM + " 1.50 | 1.50 | not met |")

# An aim beside another job: four at once, and four in turn.
untar = {"params": {}, "others": 0.0, "variants": [variant("lklfuse", 1)]}
four = {"params": {}, "others": 0.0, "variants": [variant("lklfuse", 1.4)]}
rows, _ = aims.judge([{"name": "mounted-untar", "cases": [untar]},
                      {"name": "mounted-untar4", "cases": [four]}],
                     report.usable, report.RUNS)
assert [(r[2], round(r[4], 2), r[5]) for r in rows] == [(0.4, 0.35, "met")], \
    rows

# A peer that takes too long to run often is judged, and that is said.
look = result(0.01, 1)
look["name"] = "storage-look"
for v, name in zip(look["cases"][0]["variants"],
                   ("lklfs list, lklfs cat", "guestfish without KVM")):
    v["name"] = name
look["cases"][0]["variants"][1].update(variant("guestfish without KVM", 1, 1),
                                       only_runs=1)
expect(summary(look), "| 0.011 | 0.01 | 0.01 | met; the peer ran 1 time |")

# Three runs count in a job that says so, and the summary says it, too.
build = result(1, 2, runs=3)
build["enough"] = 3
expect(summary(build), AIM + " 0.50 | 0.50 | met; 3 runs of each |",
       "| `image-of-tree` (n = 3) | mke2fs -d | 0.50 |", absent=["Left out"])

# What failed and what was not run is there, with the reason.
bad = result(1, 2)
bad["cases"][0]["variants"] += [
    {"name": "p", "ours": False, "failed": "too many | files"},
    {"name": "q", "ours": False, "skipped": "not installed"}]
bad["cases"].append({"params": {}, "skipped": "the machine is busy"})
expect(summary(bad), "- `image-of-tree` (type ext4), p: too many / files",
       "- q: not installed", "- `image-of-tree`: the machine is busy")

# Per file, with more files.
more = result(1, 2, files=10)
more["cases"] += result(3, 2, files=100)["cases"]
more["scales_with"] = "files"
expect(summary(more), "- tar2fs ext4: at 100 it is 3.00 times that at 10")

# Equal: the middle half of one is wider than the difference.
even = figures.summary([10.0] * 9)
wide = figures.summary([8, 8, 9, 9, 11, 12, 12, 13, 13])
assert wide["spread"] == 3 and wide["median"] == 11
assert figures.compare(even, wide)[1] == figures.NO_DIFFERENCE
assert figures.compare(even, figures.summary([11.0] * 9))[1] == "faster"

# Each place once in so many turns, and each neighbour equally often.
for n in range(1, 8):
    turns = [runner.places(t, n) for t in range(2 * n)]
    for square in (turns[:n], turns[n:]):
        assert all(sorted(column) == list(range(n)) for column in zip(*square))
    pairs = [p for t in turns for p in zip(t, t[1:])]
    assert all(pairs.count((a, b)) == 2 for a in range(n) for b in range(n)
               if a != b), turns

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
    limit = 2
    not_chosen = staticmethod(lambda variant: None)
    runs = 3
    patience = 60


def measure(variants, settings=Settings, **job_options):
    os.makedirs("data", exist_ok=True)
    r = runner.Runner(settings(), None, os.path.abspath("work"),
                      os.path.abspath("programs"), "", lambda line: None, key("commit"))
    j = job.Job("test", "A test", variants, **job_options)
    return r._run_case(j, job.Case(j, {}, settings(), None,
                                   os.path.abspath("work/case")))


class Load:
    seconds = []

    def begin(self):
        pass

    def others(self):
        return (self.seconds.pop(0) if self.seconds else 0.0), 1.0


load, machine.Load = machine.Load, Load
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
done = measure([job.Variant("a", "true", ours=True, verify="true")])
assert "0.50 processors" in done["skipped"] and "variants" not in done, done


# A turn that others disturb is measured again; if it goes on, the result tells.
machine.busy = lambda seconds=1.0: 0.0
for seconds, runs, others in (([0.2], 3, 0.1), ([1.1], 4, 0.0),
                              ([1.1] * 4, 6, 1.0)):
    os.unlink("order")
    Load.seconds = seconds
    done = measure([job.Variant("a", 'echo a >>"$LOG"', ours=True,
                                verify="true")])
    with open("order") as f:
        assert len(f.read().split()) == runs, seconds
    assert done["variants"][0]["value"]["runs"] == 3
    assert done["others"] == others, done
machine.Load = load

# What the caller starts is not other programs' work.
spin = ("import time; e = time.process_time() + 0.5\n"
        "while time.process_time() < e: pass")
meter = machine.Load()


def with_own():
    usage = machine.resource.getrusage
    machine.resource.getrusage = lambda who: (0, 0)
    try:
        return meter._now()[1]
    finally:
        machine.resource.getrusage = usage


before, before_with_own = meter._now()[1], with_own()
subprocess.check_call([sys.executable, "-c", spin])
own = with_own() - before_with_own - (meter._now()[1] - before)
assert 0.4 <= own <= 1.5, own

# Threads of the kernel that come to our processors, that leave, and that end.
meter = machine.Load()
meter.at = 0, 10, {"1": (100, False), "2": (5, True), "3": (7, True)}
meter._now = lambda: (20, 26, {"1": (101, True), "2": (6, False)})
assert meter.others() == (15, 20), meter.others()
assert meter.others(kernel_threads=True) == (16, 20)

# A machine that stays busy marks a case, and does not end it.
busy, wait = machine.busy, runner.WAIT_FOR_QUIET
machine.busy, runner.WAIT_FOR_QUIET = lambda: next(looks, 0.5), 0
load, looks = machine.Load, iter([0.0])


class Disturbed(load):
    def others(self, kernel_threads=False):
        return 5.0, 10.0


machine.Load = Disturbed
Settings.runs = 3
done = measure([job.Variant("a", "true", ours=True, verify="true")])
assert done["others"] > runner.QUIET, done
assert done["variants"][0]["value"]["runs"] == 3, done
machine.Load, machine.busy, runner.WAIT_FOR_QUIET = load, busy, wait

# A variant that fails leaves no process and no mount, and does not harm the next.
Settings.runs = 2
done = measure([
    job.Variant("a", "true", ours=True, verify="true"),
    job.Variant("b", 'sleep 1000 & echo $! >"$LOG"; echo full >&2; exit 3',
                verify="true", before="test ! -e under; touch under",
                cleanup="rm -f under"),
    job.Variant("c", "test ! -e under", verify="true"),
    job.Variant("d", "sleep 1000", verify="true")])
assert [v.get("failed", "") for v in done["variants"]] == \
    ["", "exit status 3: full", "", "takes more than 2 s: sleep 1000"], done
assert all(v["value"]["runs"] == 2 for v in done["variants"]
           if "failed" not in v), done
with open("order") as f:
    pid = f.read().strip()
for attempt in range(100):
    try:
        with open(f"/proc/{pid}/stat") as f:
            if f.read().rpartition(")")[2].split()[0] == "Z":
                break
    except (FileNotFoundError, ProcessLookupError):
        break
    time.sleep(0.1)
else:
    sys.exit("a failed variant left a process")

# Nor does one whose daemon ends too early.
done = measure([
    job.Variant("a", "true", ours=True, daemon="false", verify="true"),
    job.Variant("b", "true", verify="true")])
assert "does not mount" in done["variants"][0]["failed"], done
assert done["variants"][1]["value"]["runs"] == 2, done

# A job that wants it is verified when its mount is gone.
os.unlink("order")
runner.is_mounted = lambda path: os.path.exists("mounted")
runner.unmount = lambda shell, path: os.unlink("mounted")
Settings.runs = 1
for unmounted in (False, True):
    done = measure([job.Variant(
        "a", "true", ours=True, mount="touch ../../mounted",
        verify='test -e ../../mounted && echo m >>"$LOG" || '
               'echo u >>"$LOG"')], verify_unmounted=unmounted)
with open("order") as f:
    assert f.read().split() == ["m", "u"]
END
run_check python3 report-test.py

# The program that verifies: it tells what differs.
mkdir -p tree/dir tree/empty
echo one >tree/dir/one
echo two >tree/two
# All have the same time.
ln -s two tree/link
ln tree/two tree/hard
find tree -exec touch -h -d 2020-01-01 {} +
verify=$top_srcdir/bench/verify

# differs TEXT COMMAND... - COMMAND, done in a copy, is found there and in its archive
differs() {
	local text=$1

	shift
	rm -rf copy
	cp -a tree copy
	(cd copy && "$@") || die "$*"
	[ "${text#*times}" != "$text" ] || find copy -exec touch -h -d 2020-01-01 {} +
	run_mustfail 1 "copy: $text" "$verify" directory tree copy
	tar -C copy -cf bad.tar .
	run_mustfail 1 "archive: $text" "$verify" archive tree <bad.tar
}

cp -a tree copy
run_check "$verify" directory tree copy
tar -C tree -cf good.tar .
run_check "$verify" archive tree <good.tar
differs 'dir/one is missing' rm dir/one
differs 'empty is missing' rmdir empty
differs 'link is missing' rm link
differs 'more should not be there' touch more
differs 'hard differs: mode' chmod 400 hard
differs 'empty differs: mode' chmod 700 empty
differs 'dir/one differs: times' touch -d 2002-01-01 dir/one
differs 'empty differs: folder-times' touch -d 2001-01-01 empty
differs 'link differs: content' ln -sfn dir link
differs 'hard differs: links' sh -c 'cp -p two t && mv t two'
differs 'dir/one differs: content' sh -c 'echo six >dir/one'
differs 'link differs: type' sh -c 'rm link && mkdir link'
! is_root || differs 'hard differs: owner' chown 1:1 two
tar -C tree -rf good.tar ./dir/one
run_mustfail 1 'archive: dir/one is there twice' "$verify" archive tree <good.tar
rm -rf copy
cp -a tree copy
touch -d 2001-01-01 copy/two copy/empty
chmod 700 copy/dir/one
run_check "$verify" -x times,folder-times,mode directory tree copy


# An image of which only the files were deleted is not empty, and one that has more
# than the folders that were asked for is wrong.  The checker and the reader of
# images are others' here.
mkdir -p fake nothing
printf '#!/bin/sh\nexit 0\n' >fake/e2fsck
printf '#!/bin/sh\nexec tar -C image-tree -cf - .\n' >fake/fs2tar
chmod +x fake/*
PATH=$PWD/fake:$PATH
: >image
mkdir -p image-tree/lost+found
run_check "$verify" image ext4 nothing image
mkdir image-tree/dir
run_mustfail 1 'image: dir should not be there' "$verify" image ext4 nothing image
cp -a tree image-tree/1
run_mustfail 1 'image: dir should not be there' "$verify" image ext4 tree image 1
rmdir image-tree/dir
run_check "$verify" image ext4 tree image 1
run_mustfail 1 '2 is not a directory' "$verify" image ext4 tree image 1 2
