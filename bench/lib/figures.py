# SPDX-License-Identifier: GPL-2.0-only
"""
figures.py - medians, spreads, and comparisons of them.
"""

from statistics import median

NO_DIFFERENCE = "no difference seen"


def spread(values):
    """The width of the middle half of the values; if they are few, of all."""
    values = sorted(values)
    n = len(values)
    if n < 2:
        return 0.0
    if n < 5:
        return values[-1] - values[0]
    return _quantile(values, 0.75) - _quantile(values, 0.25)


def _quantile(values, q):
    at = q * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def summary(values):
    return {"median": median(values), "spread": spread(values),
            "least": min(values), "runs": len(values)}


def compare(ours, theirs):
    """How many times as much ours is, and whether that can be told.

    With one run of either there is no spread to hold it against: it can be
    told only if one is more than half as much again as the other."""
    if not theirs["median"] or not ours["median"]:
        return None, NO_DIFFERENCE
    ratio = ours["median"] / theirs["median"]
    difference = abs(ours["median"] - theirs["median"])
    width = max(ours["spread"], theirs["spread"])
    if min(ours["runs"], theirs["runs"]) < 2:
        width = max(width, min(ours["median"], theirs["median"]) / 2)
    if difference <= width:
        return ratio, NO_DIFFERENCE
    return ratio, "faster" if ratio < 1 else "slower"


def show(value, unit):
    """A number with three significant digits, and its unit."""
    if unit == "s":
        for scale, name in ((1, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns")):
            if value * scale >= 1 or name == "ns":
                return f"{_digits(value * scale)} {name}"
    return f"{_digits(value)} {unit}"


def _digits(value):
    if value >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
