# SPDX-License-Identifier: GPL-2.0-only
"""
job.py - the declarations of a job.

A job is a file in jobs/ with a list JOBS.  Its shell snippets run under
"bash -euo pipefail" in a directory of their own.  Variables hold the
parameters of the case by their names ($type, $cache, ...), the entries of
case.env, which prepare() sets, and

  $bench     the directory of the measuring programs
  $peers     the directory of the compiled peers
  $mnt       an empty directory to mount on
  $daemon    in a variant with a daemon: its process id
  $verify    the program that compares results, see bench/verify
  $top_srcdir, $top_builddir
"""

from dataclasses import dataclass, field
from typing import Callable, Optional


class Skip(Exception):
    """Why a job, a case or a variant cannot be measured here."""


@dataclass
class Variant:
    name: str
    run: str                    # the measured command
    ours: bool = False
    needs: list = field(default_factory=list)   # of needs.py
    setup: str = ""             # once for each case
    before: str = ""            # before each run, not measured
    # Runs after the first run and before "after", and is not measured.  Fails
    # if the result is wrong.  Each variant has one, unless its job says why not.
    # What it compares with does not come from our programs.
    verify: str = ""
    after: str = ""             # after each run, not measured
    cleanup: str = ""           # once for each case, whatever happened
    daemon: str = ""            # serves $mnt in the foreground during a run
    mount: str = ""             # or: mounts something on $mnt
    unmounted: str = ""         # after $mnt was unmounted
    runs: int = 0               # fewer than the others, where it takes ages
    only: Optional[Callable] = None     # of the case: whether it makes sense
    unless: Optional[Callable] = None   # of the case: why it cannot be, or None


@dataclass
class Job:
    name: str
    title: str
    variants: list
    # Parameters of each case; a function of the settings, or a list.
    cases: object = field(default_factory=lambda: [{}])
    prepare: Optional[Callable] = None  # of the case: make data, set env
    # The figure to compare: the running time, or the number that it prints.
    unit: str = "s"
    printed: bool = False
    # Why no command verifies the variants; only if they leave no result.
    unverified: str = ""
    # The figure is divided by a number, such as that of the files: a function of
    # the case.  @per_what names what is counted.
    per: Optional[Callable] = None
    per_what: str = ""
    # Measure until the unmount is done, when all writes are in the image.
    with_unmount: bool = False
    # Verify when $mnt is unmounted again: what counts is in the image.
    verify_unmounted: bool = False
    cache_of: str = "image"     # the variable that names what is cached
    heavy: bool = False         # only when named
    # So many runs, whatever -n says: a number, or a function of the case.
    runs: object = 0
    # So many runs count in the summary, if more would take too long; it says so.
    enough: int = 0
    # The parameter whose values the report compares with each other.
    scales_with: str = ""


class Case:
    """One set of parameters of a job, with its data."""

    def __init__(self, job, params, settings, data, work):
        self.job = job
        self.params = params
        self.settings = settings
        self.data = data
        self.work = work
        self.env = {}

    def __getitem__(self, name):
        return self.params[name]

    def title(self):
        return " ".join(f"{k}={v}" for k, v in self.params.items())
