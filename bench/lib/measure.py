# SPDX-License-Identifier: GPL-2.0-only
"""
measure.py - runs shell snippets and daemons and measures them: elapsed seconds,
CPU seconds of all processes, and the peak memory of the largest process.

The CPU seconds do not include the host's kernel threads, which serve a loop
mount.
"""

import os
import signal
import subprocess
import time


# Seconds that a daemon gets to end.
ENDS_WITHIN = 30


class Failed(Exception):
    """A snippet that failed."""


def _cpu_clock(pid):
    return time.clock_gettime((~pid << 3) | 2)


def _peak(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def is_mounted(path):
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        return any(line.split()[4] == path for line in f)


def mounts_below(directory):
    """Mount points in it, the last one first."""
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        return [at for at in reversed([line.split()[4] for line in f])
                if at.startswith(directory + "/")]


def kill_group(process):
    """What a snippet started, as far as it did not leave for a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Shell:
    """Runs snippets in a directory with an environment."""

    def __init__(self, directory, env, programs, limit, verbose):
        self.directory = directory
        self.env = env
        self.limit = limit
        self.measure = os.path.join(programs, "host", "measure")
        self.verbose = verbose
        os.makedirs(directory, exist_ok=True)

    def _command(self, script):
        return ["bash", "-euo", "pipefail", "-c", script]

    def run(self, script):
        """Returns (sample, output)."""
        took = os.path.join(self.directory, "took")
        out = os.path.join(self.directory, "out")
        err = os.path.join(self.directory, "err")
        if self.verbose:
            print(f"    + {script}", flush=True)
        with open(out, "wb") as o, open(err, "wb") as e:
            process = subprocess.Popen(
                [self.measure, took] + self._command(script),
                cwd=self.directory, env=self.env, stdin=subprocess.DEVNULL,
                stdout=o, stderr=e, start_new_session=True)
            status = 1
            try:
                status = process.wait(self.limit)
            except subprocess.TimeoutExpired:
                raise Failed(f"takes more than {self.limit:.0f} s: {script}") \
                    from None
            finally:
                # Whatever a failed one left behind would disturb the next.
                if status:
                    kill_group(process)
                    process.wait()
        with open(err, errors="replace", encoding="utf-8") as e:
            said = e.read().strip()
        if status:
            raise Failed(f"exit status {status}: {said[-300:] or script}")
        with open(took, encoding="ascii") as f:
            wall, user, system, rss = f.read().splitlines()[1].split()
        with open(out, errors="replace", encoding="utf-8") as o:
            output = o.read()
        return ({"wall": float(wall), "cpu": float(user) + float(system),
                 "rss_kib": int(rss)}, output)


class Daemon:
    """Something that serves a mount point, and ends when it is unmounted."""

    def __init__(self, shell, script, mnt):
        self.shell = shell
        self.mnt = mnt
        self.took = os.path.join(shell.directory, "daemon-took")
        self.log = os.path.join(shell.directory, "daemon-log")
        if shell.verbose:
            print(f"    & {script}", flush=True)
        with open(self.took, "w", encoding="ascii"):
            pass                # not that of the run before
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [shell.measure, self.took, "bash", "-c", "exec " + script],
                cwd=shell.directory, env=shell.env, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)
        self.pid = None
        self.cpu_at = 0.0
        try:
            self._wait_for_mount()
        except BaseException:
            self.kill()
            raise

    def _said(self):
        with open(self.log, errors="replace", encoding="utf-8") as f:
            return f.read().strip()[-400:]

    def _wait_for_mount(self):
        limit = time.monotonic() + 60
        # It may mount before "measure" has written its process id.
        while not is_mounted(self.mnt) or self._find_pid() is None:
            if self.process.poll() is not None:
                raise Failed("does not mount: " + self._said())
            if time.monotonic() > limit:
                raise Failed("does not mount within a minute")
            time.sleep(0.002)

    def _find_pid(self):
        try:
            with open(self.took, encoding="ascii") as f:
                self.pid = int(f.readline().split()[1])
        except (OSError, IndexError):
            pass
        return self.pid

    def begin(self):
        try:
            self.cpu_at = _cpu_clock(self.pid)
        except OSError as e:
            raise Failed(f"ended when it had just mounted: {e.strerror}: "
                         + self._said()) from None

    def end(self):
        """CPU seconds since begin(), and the peak of its whole life: an ordinary
        user may not reset that of a daemon which is not dumpable."""
        return _cpu_clock(self.pid) - self.cpu_at, _peak(self.pid)

    def unmount(self):
        """Unmount and wait until it has ended.  Returns the CPU seconds since begin()."""
        unmount(self.shell, self.mnt)
        try:
            status = self.process.wait(300)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed("does not end when it is unmounted; perhaps another "
                         "mount namespace has its mount, too") from None
        if status:
            raise Failed(f"exit status {status}: {self._said()}")
        with open(self.took, encoding="ascii") as f:
            _, user, system, _ = f.read().splitlines()[1].split()
        return float(user) + float(system) - self.cpu_at

    def kill(self):
        """After this there is neither daemon nor mount."""
        if self.process.poll() is None and is_mounted(self.mnt):
            try:
                unmount(self.shell, self.mnt)
                self.process.wait(ENDS_WITHIN)
            except (Failed, subprocess.TimeoutExpired):
                pass
        if self.process.poll() is None:
            # "measure" ends when the daemon has, with all that it held.
            if self._find_pid() is not None:
                os.kill(self.pid, signal.SIGKILL)
            try:
                self.process.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                kill_group(self.process)
                self.process.wait()
        if is_mounted(self.mnt):
            unmount_lazily(self.mnt)


def unmount_lazily(mnt):
    subprocess.call(["umount", "-l", mnt] if os.geteuid() == 0
                    else ["fusermount3", "-uz", mnt],
                    stderr=subprocess.DEVNULL)


def unmount(shell, mnt):
    command = ["umount", mnt] if os.geteuid() == 0 else \
        ["fusermount3", "-u", mnt]
    for attempt in range(50):
        done = subprocess.run(command, env=shell.env, check=False,
                              stderr=subprocess.PIPE)
        if done.returncode == 0:
            return
        # A program that looks at new mounts ends soon.
        time.sleep(0.02 * (attempt + 1))
    raise Failed("cannot unmount: " + done.stderr.decode(errors="replace"))
