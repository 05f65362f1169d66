# SPDX-License-Identifier: GPL-2.0-only
"""
runner.py - measures the variants of a job in turn, A B A B.
"""

import glob
import os
import shutil
import subprocess
import time

from . import data as data_module
from . import figures, machine
from .job import Case, Skip
from .measure import (Daemon, Failed, Shell, is_mounted, mounts_below, unmount,
                      unmount_lazily)


# A machine is quiet if others keep no more than so much of one processor busy.
QUIET = 0.12
# The clocks of processors and of programs differ by about so many seconds.
CLOCKS_DIFFER = 0.1
# Seconds to become quiet: data of the last job may still be written.
WAIT_FOR_QUIET = 30
# So many turns of a case are measured again if others used the machine.
REPEATS = 3
LOOP_GOES_WITHIN = 10
# A run ends if it finds the machine busy for so many cases, one after another.
BUSY_CASES = 5


class Busy(Exception):
    """Something else uses the machine."""


class Runner:
    """Results with the same @run_key are comparable, see report.py."""

    def __init__(self, settings, data, work, programs, peers, say, run_key,
                 verbose=False):
        self.settings = settings
        self.data = data
        self.work = work
        self.programs = programs
        self.peers = peers
        self.say = say
        self.run_key = run_key
        self.verbose = verbose
        self.cases = 0
        self.busy_cases = 0

    def begin(self, job):
        """The empty results of @job."""
        return {"name": job.name, "title": job.title, "unit": job.unit,
                "per": job.per_what, "scales_with": job.scales_with,
                **({"enough": job.enough} if job.enough else {}),
                "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
                "run": self.run_key,
                "settings": str(self.settings), "cases": []}

    def run(self, job, result):
        """Measures all cases of @job, and adds them to @result."""
        begun = time.monotonic()
        cases = job.cases
        if callable(cases):
            cases = cases(self.settings)
        for params in cases:
            if not self.settings.wanted(params):
                continue
            self.cases += 1
            case = Case(job, params, self.settings, self.data,
                        os.path.join(self.work, f"case-{self.cases}"))
            self.say(f"{job.title}: {case.title()}".rstrip(": "))
            result["cases"].append(self._run_case(job, case))
            if self.busy_cases >= BUSY_CASES:
                raise Busy(result["cases"][-1]["skipped"])
        result["took"] = round(time.monotonic() - begun)

    def _wait_until_quiet(self):
        """Returns how many processors others use then, or at the time limit."""
        limit = time.monotonic() + WAIT_FOR_QUIET
        while (busy := machine.busy()) > QUIET and \
                not self.settings.busy and time.monotonic() < limit:
            pass
        return busy

    def _look_at_load(self, result):
        """Skips the case if the machine does not become quiet."""
        busy = self._wait_until_quiet()
        # That it was busy before does not matter if it waited.
        result["others"] = round(busy, 3)
        if busy > QUIET and not self.settings.busy:
            self.busy_cases += 1
            raise Skip(f"the machine is busy: others use {busy:.2f} "
                       "processors; end what runs, or measure all the same "
                       "with --busy, which the report tells")
        self.busy_cases = 0

    def _take_turns(self, ready, runs, result):
        """A turn that others disturb is measured again.  If that happens often,
        the result tells."""
        begun = time.monotonic()
        load = machine.Load()
        turn, repeats, kept = 0, 0, []
        while turn < runs and (not turn or time.monotonic() - begun <=
                               self.settings.patience):
            counts = [len(entrant.samples) for entrant in ready]
            load.begin()
            for entrant in in_order(ready, turn):
                entrant.attempt(entrant.measure_once)
            others = load.others()
            if processors_used([others]) > QUIET and repeats < REPEATS and \
                    not self.settings.busy:
                self.say("others used the machine: once more")
                for entrant, count in zip(ready, counts):
                    del entrant.samples[count:]
                repeats += 1
                self._wait_until_quiet()
                continue
            kept.append(others)
            turn += 1
        most = max(map(processors_used, [kept, *([k] for k in kept)]))
        result["others"] = max(result["others"], round(most, 3))

    def _environment(self, case, mnt):
        env = dict(os.environ)
        env.update({k: str(v) for k, v in case.params.items()})
        env.update({k: str(v) for k, v in case.env.items()})
        env["bench"] = self.programs
        env["peers"] = self.peers
        env["verify"] = os.path.join(data_module.BENCH, "verify")
        env["under"] = os.path.join(case.work, "under")
        env["mnt"] = mnt
        env["TMPDIR"] = case.work
        return env

    def _runs(self, job, case):
        runs = job.runs(case) if callable(job.runs) else job.runs
        return runs or self.settings.runs

    def _run_case(self, job, case):
        result = {"params": case.params, "variants": []}
        os.makedirs(case.work)
        try:
            if job.prepare:
                job.prepare(case)
        except Skip as e:
            result["skipped"] = str(e)
            return result
        except (RuntimeError, OSError, subprocess.SubprocessError) as e:
            result["skipped"] = "its data cannot be made: " + \
                " ".join(str(e).split())[:300]
            return result
        mnt = os.path.join(case.work, "mnt")
        os.mkdir(mnt)
        shell = Shell(case.work, self._environment(case, mnt), self.programs,
                      self.settings.limit, self.verbose)

        ready = []
        for variant in job.variants:
            if variant.only and not variant.only(case):
                continue
            entry = {"name": variant.name, "ours": variant.ours}
            result["variants"].append(entry)
            reason = self.settings.not_chosen(variant) or next(
                filter(None, (n() for n in variant.needs)), None)
            if not reason and variant.unless:
                reason = variant.unless(case)
            if reason:
                entry["skipped"] = reason
                continue
            ready.append(Entrant(job, case, variant, entry, shell, mnt))
        try:
            for entrant in ready:
                entrant.attempt(entrant.set_up)
            if ready:
                self._look_at_load(result)
                self._take_turns(ready, self._runs(job, case), result)
        except Skip as e:
            return {"params": case.params, "skipped": str(e)}
        finally:
            for entrant in ready:
                entrant.clean_up()
            remove(case.work)
        for entrant in ready:
            entrant.summarize()
        compare_all(result["variants"])
        return result


def places(turn, count):
    """
    The order of a turn, a row of a Latin square: in @count turns each takes each
    place once.  After @count turns, twice as many if it is odd, each has run right
    after each other equally often within a turn.
    """
    row = [((i + 1) // 2 if i % 2 else -i // 2) + turn for i in range(count)]
    if count % 2 and turn // count % 2:
        row.reverse()
    return [i % count for i in row]


def in_order(ready, turn):
    """The entrants of a turn; those that run fewer times come last."""
    full = [e for e in ready if not e.variant.runs]
    return [full[i] for i in places(turn, len(full))] + \
        [e for e in ready if turn < e.variant.runs]


def processors_used(measured):
    """By others, of [(their seconds of processor time, seconds)]."""
    used, took = map(sum, zip(*measured))
    return max(0.0, used - CLOCKS_DIFFER) / max(took, 1e-6)


def loops(image):
    """The loop devices that have the image."""
    return ["/dev/" + path.split("/")[3] for path in
            glob.glob("/sys/block/loop*/loop/backing_file")
            if data_module.first_line(path) == image]


def wait_for_loop(image):
    """The host may let go of a loop device a little after its unmount."""
    limit = time.monotonic() + LOOP_GOES_WITHIN
    while image and loops(image):
        if time.monotonic() > limit:
            raise Failed(f"{' '.join(loops(image))} still has the image")
        time.sleep(0.01)


def remove(work):
    """The directory of a case.  What cannot be unmounted stays."""
    for at in mounts_below(work):
        unmount_lazily(at)
    if not mounts_below(work):
        shutil.rmtree(work, ignore_errors=True)


class Entrant:
    """A variant in one case."""

    def __init__(self, job, case, variant, entry, shell, mnt):
        self.job = job
        self.case = case
        self.variant = variant
        self.entry = entry
        self.shell = shell
        self.mnt = mnt
        self.samples = []
        self.verified = not variant.verify

    def attempt(self, step):
        if "failed" in self.entry:
            return
        try:
            step()
        except (Failed, RuntimeError, OSError, ValueError) as e:
            self.entry["failed"] = " ".join(str(e).split())[:300]
            self.clean_up()

    def set_up(self):
        if self.variant.setup:
            self.shell.run(self.variant.setup)

    def clean_up(self):
        """After a failure, and at the end of the case: nothing stays mounted, and
        no loop device has the image."""
        for step in (self._unmount_all, self._run_cleanup, self._detach_loops):
            try:
                step()
            except (Failed, OSError) as e:
                self.entry.setdefault("failed", " ".join(str(e).split())[:300])

    def _unmount_all(self):
        while is_mounted(self.mnt):
            try:
                unmount(self.shell, self.mnt)
            except Failed:
                unmount_lazily(self.mnt)
                raise

    def _run_cleanup(self):
        if self.variant.cleanup:
            self.shell.run(self.variant.cleanup)

    def _detach_loops(self):
        """Also those of images that the variant made in its directory."""
        if os.geteuid() != 0:
            return
        for image in {os.path.realpath(path) for path in [
                self.case.env.get("image", ""),
                os.path.join(self.case.work, "new")] if path}:
            for device in loops(image):
                subprocess.call(["losetup", "-d", device],
                                stderr=subprocess.DEVNULL)
            wait_for_loop(image)

    def measure_once(self):
        wait_for_loop(self.case.env.get("image"))
        if self.variant.before:
            self.shell.run(self.variant.before)
        self._prepare_cache()
        daemon = None
        try:
            if self.variant.mount:
                self.shell.run(self.variant.mount)
            if self.variant.daemon:
                daemon = Daemon(self.shell, self.variant.daemon, self.mnt)
                self.shell.env["daemon"] = str(daemon.pid)
                daemon.begin()
            self._take(daemon)
            if not self.job.verify_unmounted:
                self._verify()
                self._after()
            if is_mounted(self.mnt):
                self._unmount(daemon)
            if self.job.verify_unmounted:
                self._verify()
                self._after()
        finally:
            if daemon:
                daemon.kill()
            elif is_mounted(self.mnt):
                unmount(self.shell, self.mnt)

    def _verify(self):
        if not self.verified:
            self.shell.run(self.variant.verify)
            self.verified = True

    def _after(self):
        if self.variant.after:
            self.shell.run(self.variant.after)

    def _unmount(self, daemon):
        cpu = 0.0
        if daemon:
            cpu = daemon.unmount()
        else:
            unmount(self.shell, self.mnt)
        if self.variant.unmounted:
            self.shell.run(self.variant.unmounted)
        return cpu

    def _take(self, daemon):
        """The peak is that of the daemon, if there is one: its memory is the cost."""
        sample, output = self.shell.run(self.variant.run)
        if daemon:
            cpu, rss = daemon.end()
        if self.job.with_unmount:
            start = time.monotonic()
            cpu = self._unmount(daemon)
            sample["wall"] += time.monotonic() - start
        if daemon:
            sample["cpu"] += cpu
            sample["rss_kib"] = rss
        sample["value"] = sample["wall"]
        if self.job.printed:
            sample["value"] = float(output.split()[-1])
        if self.job.per:
            sample["value"] /= self.job.per(self.case)
        self.samples.append(sample)

    def _prepare_cache(self):
        cache = self.case.params.get("cache")
        if cache == "cold":
            data_module.cold(self.case.env[self.job.cache_of])
        elif cache == "warm":
            data_module.warm(self.case.env[self.job.cache_of])

    def summarize(self):
        if "failed" in self.entry or not self.samples:
            return
        for key, name in (("value", "value"), ("cpu", "cpu"),
                          ("rss_kib", "rss_kib")):
            self.entry[name] = figures.summary([s[key] for s in self.samples])
        if self.variant.runs:
            self.entry["only_runs"] = self.variant.runs


def compare_all(variants):
    """Compare each peer with ours, the first one that was measured."""
    ours = next((v for v in variants if v["ours"] and "value" in v), None)
    if not ours:
        return
    for variant in variants:
        if variant["ours"] or "value" not in variant:
            continue
        ratio, verdict = figures.compare(ours["value"], variant["value"])
        variant["ours_is"] = None if ratio is None else round(ratio, 4)
        variant["verdict"] = verdict
