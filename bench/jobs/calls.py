# SPDX-License-Identifier: GPL-2.0-only
"""The cost of a call, and of a hand-over between two threads."""

from lib.job import Job, Variant

JOBS = [
    Job("null-call", "Null call", unit="ns", printed=True, variants=[
        Variant("library", 'exec "$bench/null-call" library 1000000',
                ours=True),
        Variant("host's getppid()", 'exec "$bench/null-call" host 1000000'),
    ]),
    Job("hand-over", "Hand-over between two threads that block on each other",
        unit="ns", printed=True, variants=[
            Variant("library's pipes", 'exec "$bench/hand-over" library 50000',
                    ours=True),
            Variant("host's pipes", 'exec "$bench/hand-over" pipes 50000'),
            Variant("host's futexes", 'exec "$bench/hand-over" futex 50000'),
        ]),
]
