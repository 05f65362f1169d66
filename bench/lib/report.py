# SPDX-License-Identifier: GPL-2.0-only
"""
report.py - results as text for a terminal, as a full report in Markdown, and as the
summary in docs/performance.md.
"""

from statistics import median

from . import aims, figures
from .runner import QUIET

# The summary has only results with so many runs of each side.
RUNS = 9
MARK = "<!-- Below: written by bench/run; edit above this line only. -->"


def _row(job, variant):
    """Name, value, spread, CPU, memory, how ours compares."""
    name = variant["name"]
    for why in ("skipped", "failed"):
        if why in variant:
            return [name, f"{why}: {variant[why]}", "", "", "", ""]
    if "value" not in variant:
        return [name, "not measured", "", "", "", ""]
    value = variant["value"]
    verdict = "ours" if variant["ours"] else ""
    if variant.get("ours_is"):
        verdict = f"{variant['ours_is']:.2f}"
        if variant["verdict"] == figures.NO_DIFFERENCE:
            verdict += f" ({figures.NO_DIFFERENCE})"
    return [name, figures.show(value["median"], job["unit"]),
            f"±{100 * value['spread'] / (value['median'] or 1) / 2:.0f} %"
            if value["runs"] > 1 else "one run",
            figures.show(variant["cpu"]["median"], "s"),
            f"{variant['rss_kib']['median'] / 1024:.0f} MiB", verdict]


HEAD = ["", "median", "spread", "CPU", "peak RSS", "ours takes"]


def _title(case):
    """Its parameters."""
    return ", ".join(f"{k} {v}" for k, v in case["params"].items())


def _per(job):
    return f"; per {job['per']}" if job["per"] else ""


def text(job):
    lines = [f"== {job['title']}{_per(job)}"]
    for case in job["cases"]:
        others = case.get("others", 0)
        title = _title(case) + (
            f" (others used {others:.2f} processors)"
            if others > QUIET else "")
        if title:
            lines.append(f" {title}")
        if "skipped" in case:
            lines.append(f"  skipped: {case['skipped']}")
            continue
        rows = [HEAD] + [_row(job, v) for v in case["variants"]]
        measured = [r for r in rows if r[2]]
        widths = [max(len(r[i]) for r in measured) if measured else 0
                  for i in range(6)]
        widths[0] = max(len(r[0]) for r in rows)
        for row in rows:
            cells = [row[0].ljust(widths[0])]
            cells += [c.rjust(w) for c, w in zip(row[1:5], widths[1:5])]
            lines.append(("  " + "  ".join(cells + [row[5]])).rstrip())
    lines += _flatness(job, "  ")
    return "\n".join(lines)


def _scaling(job):
    """(variant, other parameters) -> [(parameter, median)]"""
    key = job["scales_with"]
    found = {}
    for case in job["cases"]:
        others = tuple((k, v) for k, v in case["params"].items() if k != key)
        for variant in case.get("variants", ()):
            if "value" in variant:
                found.setdefault((variant["name"], others), []).append(
                    (case["params"][key], variant["value"]["median"],
                     variant["ours"]))
    return found


def _flatness(job, indent):
    if not job["scales_with"]:
        return []
    lines = []
    for (name, others), points in _scaling(job).items():
        if len(points) < 2:
            continue
        what = " ".join([name] + [str(v) for _, v in others])
        lines.append(f"{indent}{what}: at {points[-1][0]} it is "
                     f"{points[-1][1] / points[0][1]:.2f} times that at "
                     f"{points[0][0]}")
    return lines


def usable(job, case, variant):
    """Whether a result counts in the summary: enough runs, and a machine that
    did nothing else."""
    return "value" in variant and case.get("others", 1) <= QUIET and \
        variant["value"]["runs"] >= job.get("enough", RUNS)


def usable_for_aims(job, case, variant):
    """Beside a peer that takes so long that it runs fewer times, too."""
    return usable(job, case, variant) or not variant["ours"] and \
        "only_runs" in variant and "value" in variant and \
        case.get("others", 1) <= QUIET


def _against(job):
    """peer -> (ratio, verdict) of each case that counts, and the number of
    comparisons that do not."""
    found, left_out = {}, 0
    for case in job["cases"]:
        variants = case.get("variants", ())
        ours = next((v for v in variants if v["ours"] and "value" in v), None)
        for variant in variants:
            if variant["ours"] or not variant.get("ours_is"):
                continue
            if usable(job, case, variant) and usable(job, case, ours):
                found.setdefault(variant["name"], []).append(
                    (variant["ours_is"], variant["verdict"]))
            else:
                left_out += 1
    return found, left_out


def _at_a_glance(jobs):
    """A row for each job and peer: our time over the peer's, for all cases."""
    rows, left_out = [], 0
    for job in jobs:
        found, without = _against(job)
        left_out += without
        for peer, pairs in found.items():
            ratios = [ratio for ratio, _ in pairs]
            verdicts = [verdict for _, verdict in pairs]
            rows.append(
                f"| `{job['name']}`"
                + (f" (n = {job['enough']})" if job.get("enough") else "")
                + f" | {peer} | {min(ratios):.2f} | "
                f"{median(ratios):.2f} | {max(ratios):.2f} | "
                + " | ".join(str(verdicts.count(v)) for v in
                             ("faster", figures.NO_DIFFERENCE, "slower"))
                + " |")
    lines = []
    if rows:
        lines += ["Our time divided by the peer's: the smallest ratio, the "
                  "median and the largest over all cases of a job, and the "
                  "number of cases in which we were faster, equal within the "
                  "spread, or slower.", "",
                  "| job | peer | smallest | median | largest | faster | equal "
                  "| slower |", "|" + "---|" * 8, *rows, ""]
    if left_out:
        lines += [f"Left out: {left_out} comparisons with fewer than {RUNS} "
                  "runs of each side, or measured on a busy machine.", ""]
    for job in (j for j in jobs if j["scales_with"]):
        flat = _flatness({**job, "cases": _quiet(job)}, "- ")
        lines += [f"{job['title']}{_per(job)}:", "", *flat, ""] if flat else []
    return lines + _absent(jobs)


def _quiet(job):
    return [{**case, "variants": [v for v in case.get("variants", ())
                                  if usable(job, case, v)]}
            for case in job["cases"]]


def _absent(jobs):
    """What failed, in full, and the reasons why the rest was not run."""
    failed, skipped = [], {}
    for job in jobs:
        for case in job["cases"]:
            where = f"`{job['name']}`" + (f" ({_title(case)})"
                                          if case["params"] else "")
            if "skipped" in case:
                skipped.setdefault(case["skipped"], []).append(where)
            for variant in case.get("variants", ()):
                if "failed" in variant:
                    failed.append(f"- {where}, {variant['name']}: "
                                  + variant["failed"].replace("|", "/"))
                elif "skipped" in variant:
                    names = skipped.setdefault(variant["skipped"], [])
                    if variant["name"] not in names:
                        names.append(variant["name"])
    lines = ["Failed, so without a figure:", "", *failed, ""] if failed else []
    if skipped:
        lines += ["Not run:", "", *(
            f"- {', '.join(names)}: {reason}".replace("|", "/")
            for reason, names in skipped.items()), ""]
    return lines


def _share(value, digits):
    """Small ones have three digits that count."""
    return f"{value:.{digits}f}" if value >= 0.1 else f"{value:.3g}"


def _aims(jobs):
    rows, missing = aims.judge(jobs, usable_for_aims, RUNS)
    if not rows:
        return []
    lines = ["| aim | beside | at most | smallest | largest | |",
             "|" + "---|" * 6]
    lines += [f"| {text} | {peer} | {_share(limit, 1)} | {_share(least, 2)} "
              f"| {_share(most, 2)} | {verdict} |"
              for text, peer, limit, least, most, verdict in rows]
    if missing:
        lines += ["", f"Not measured in this run: {missing} other aims."]
    return lines + [""]


def _runs(report):
    """[(run, its jobs)], the latest first: rows of one table are of one
    machine, one commit, one day."""
    found = []
    for job in report["jobs"]:
        for run, jobs in found:
            if run == job["run"]:
                jobs.append(job)
                break
        else:
            found.append((job["run"], [job]))
    return sorted(found, key=lambda f: (f[0]["date"], f[0]["machine"]["used"],
                                        f[0]["user"]), reverse=True)


def _run_title(run):
    used, there = run["machine"]["used"], run["machine"]["processors"]
    return f"{run['date']}, {run['project']}, " + (
        f"{used} processors" if used == there else
        f"{used} of {there} processors") + f", as {run['user']}"


def _conditions(run):
    """The machine."""
    machine = run["machine"]
    return [
        f"{machine['cpu']}"
        + (" (a virtual machine)" if machine["virtual"] else "")
        + f", {machine['memory_mib'] // 1024} GiB of memory, host kernel "
        f"{machine['host_kernel']}."
        + ("" if machine.get("workers_bound", True) else "  The host's kernel "
           "workers, which serve loop mounts, ran on all processors."), ""]


METHOD = [
    "Variants take turns.  In as many turns as there are variants, each takes each "
    "place once, and runs after each of the others equally often (in twice as many "
    "if their number is odd); what remains of nine turns is a part of that.  A turn "
    "in which others use the processors is measured again, and a case in which "
    "that goes on does not count here.  Once for each variant, its result is "
    "compared with its input: names, types, contents, modes, owners and times, as "
    "far as the job keeps them; jobs without a result, such as the start, are the "
    "exception.  A ratio is our median divided by the peer's: below 1 we are "
    "faster.  Two variants count as equal if the middle half of the runs of "
    "one of them is wider than their difference; the full tables show half of that "
    "width, in percent of the median, as the spread.  CPU time is that of all "
    "processes, including daemons; it does not include the host's kernel threads "
    "that serve a loop mount.  Peak RSS is that of the largest process.", ""]


def _details(job):
    """All figures of a job."""
    out = [f"#### {job['title']}{_per(job)}", ""]
    sizes = job.get("settings")
    out += [f"`{job['name']}`, {job['date']}"
            + (f", {sizes}" if sizes else "")
            + (f", took {job['took']} s" if "took" in job else "")
            + ".", ""]
    for case in job["cases"]:
        if "skipped" in case:
            out += [f"{_title(case)}: skipped, {case['skipped']}.", ""]
            continue
        head = HEAD[:]
        head[0] = _title(case)
        out.append("| " + " | ".join(head) + " |")
        out.append("|" + "---|" * 6)
        absent = []
        for variant in case["variants"]:
            row = _row(job, variant)
            if "value" in variant:
                out.append("| " + " | ".join(row) + " |")
            else:
                absent.append(f"{row[0]}: {row[1]}".replace("|", "/"))
        out.append("")
        if absent:
            out += ["Not measured: " + "; ".join(absent) + ".", ""]
    flat = _flatness(job, "- ")
    return out + (flat + [""] if flat else [])


def markdown(report):
    out = ["## Figures", "", *METHOD]
    for run, jobs in _runs(report):
        out += [f"### {_run_title(run)}", "", *_conditions(run), *_aims(jobs),
                *_at_a_glance(jobs)]
        for job in jobs:
            out += _details(job)
    if report.get("quick"):
        out += ["### The figures that `make bench-quick` compares with", "",
                "| | | |", "|---|---|---|"]
        for name, entry in report["quick"]["figures"].items():
            value = f"{entry['value']:,.0f}" if \
                entry["kind"] == "instructions" else f"{entry['value']:.2f}"
            out.append(f"| {name} | {value} | {entry['kind']} |")
        out.append("")
    out += ["### Versions", ""]
    out += [f"- {k}: {v}" for k, v in sorted(report["versions"].items())]
    return "\n".join(out) + "\n"


def summary(report):
    """The part of docs/performance.md that is generated."""
    out = ["## Aims and ratios", "", *METHOD]
    for run, jobs in _runs(report):
        out += [f"### {_run_title(run)}", "", *_conditions(run), *_aims(jobs),
                *_at_a_glance(jobs)]
    return "\n".join(out).rstrip() + "\n"


def write_summary(path, report):
    """Replace the text below the mark; people write the text above it."""
    try:
        with open(path, encoding="utf-8") as f:
            above = f.read().split(MARK)[0].rstrip()
    except FileNotFoundError:
        above = "# Performance"
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"{above}\n\n{MARK}\n\n{summary(report)}")


def write_document(path, report):
    with open(path, "w", encoding="utf-8") as f:
        f.write("# Benchmark report\n\n" + markdown(report))
