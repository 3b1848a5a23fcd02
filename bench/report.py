"""Tables side by side for the terminal and docs/performance.md, the plot, and the list of missed targets."""
import os
import pathlib
import platform
import subprocess

from data import SOURCE

DOCS = SOURCE / "docs"
ERROR_TARGET = 0.1  # of R2T's published error
INTRODUCTION = """# Performance

Written by `bench/run --write`, on {machine}.

Ratios compare what ran on the same machine in the same run. Times are medians of 5, and only there to be divided by each
other. The protected side is what a client sees: the question travels over TCP, is bound, priced, charged durably, logged
durably, answered, bounded, noised and stored; nothing is subtracted. Every question costs epsilon 0.8 at delta 1e-6 and is
new to the store of answers (the ledger confirms it). `bench/run --help` says how to repeat it.

![Slowdown, and error beside R2T](performance.svg)
"""
SLOWDOWN = """
## Slowdown on TPC-H, scale factor {scale}

Customers are protected with all their orders and lines; what is sold is public ([bench/tpch.weir](../bench/tpch.weir)).
The unprotected side asks the same text of the same DuckDB version, settings, threads and stored files. Adaptation of
TPC-H's texts, the same for both sides: joins are written as JOIN ... ON with people first, Q19's common condition once,
dates as constants; comment columns are not stored. Published: cwida/privacy (user-bounded, DuckDB, SF30, its paper). The
last column is the noise and clipping in the total of a column, median of the runs.
"""
BOUNDING = """
## The bounding operator alone

10M rows, 1M people, 50 groups, in the engine's pipeline, against a plain GROUP BY (`bench_bound`).

"""
ERROR = """
## Error where a person has many rows

Relative error at epsilon 0.8, SF1, 100 answers each. Protected is what R2T protects in that question: customers (Q3, Q10,
Q18), orders (Q12), suppliers (Q11, Q20). Published: hkustDB/Race-to-the-Top, a trimmed mean. R2T here: our implementation
([bench/r2t.py](../bench/r2t.py)) on the same data, with a
global sensitivity of a million, as published, and the better of two bases. Weir's answers are (0.8, 1e-6)-DP, R2T's
(0.8, 0)-DP. No policy here states a bound on a person's rows.
"""
UNEQUAL = """
The same where the number of rows a person follows a Zipf law (20,000 people, 1 to 1,000 rows each):
"""
PEERS = """
## Beside other systems

`SELECT group, count(*), sum(value) ... GROUP BY group`, epsilon 0.8 and delta 1e-6 for the whole answer, the same unit of
privacy. The peers are told the true largest contribution of a person, Weir is not. A peer's data is loaded before the
clock starts, and its time has no connection, no durable charge and no log in it. Error: how far the groups are off, added
up, relative to the total (a group that does not appear is as far off as it is large); mean of the runs. Weir's noise is
Gaussian, so that the prices of many questions add up in zCDP; of one question alone, as here, Laplace noise is smaller
when few numbers are asked for ([privacy-accounting.md](privacy-accounting.md)).
"""
# What their source and these runs show, beyond the numbers.
REMARKS = """
| system | to know when reading the table |
|---|---|
| OpenDP | a library: the caller states who is protected, and nothing stops a second context with a new budget |
| SmartNoise SQL | charges epsilon for each number: it was given a third of it for three (with the hidden count of people); rows past the bound are dropped at random |
| Qrlew | noise is made by SQL's RANDOM(), which is no cryptographic source; it declares groups for columns of text only, and takes the exact size of a table to be public |
| DPSQL+ | rows past the bound are dropped at random; a question that fails after its run is not charged |
"""


def number(value, form="{:.3g}"):
    return "-" if value is None else form.format(value)


def percent(value):
    return "-" if value is None else f"{100 * value:.3g}%"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def verdict(missed, name, met):
    if not met:
        missed.append(name)
    return "yes" if met else "no"


def failed(missed, name, row, width):
    missed.append(f"{name}: {row['failed']}")
    return [name, "not measured: " + row["failed"]] + [""] * (width - 2)


def slowdown(result, missed):
    rows = []
    for row in result["rows"]:
        name = f"{row['question']}"
        if "failed" in row:
            rows.append(failed(missed, name, row, 8))
            continue
        met = verdict(missed, f"{name}: {row['slowdown']:.2f} times, target {row['target']}",
                      row["slowdown"] <= row["target"])
        rows.append([name, f"{1000 * row['unprotected']:.0f} ms", f"{1000 * row['protected']:.0f} ms",
                     f"**{row['slowdown']:.2f}**", row["target"], row["published"], met,
                     percent(row["difference"])])
    head = ["question", "unprotected", "protected", "slowdown", "target", "published peer", "target met", "answers differ by"]
    return SLOWDOWN.format(scale=result["scale"]) + "\n" + table(head, rows)


def error(result, missed):
    rows = []
    for row in result["rows"]:
        if "failed" in row:
            rows.append(failed(missed, row["question"], row, 8))
            continue
        share = row["ours"]["mean"] / row["published"]
        met = verdict(missed, f"{row['question']}: error {share:.2g} of R2T's, target {ERROR_TARGET}",
                      share <= ERROR_TARGET)
        rows.append([row["question"], percent(row["ours"]["median"]), percent(row["ours"]["mean"]),
                     percent(row["r2t"]["median"]), percent(row["r2t"]["mean"]), percent(row["published"]),
                     f"**{share:.2g}**", met])
    head = ["question", "Weir median", "Weir mean", "R2T here median", "R2T here mean", "R2T published",
            "Weir / published", "at most a tenth"]
    page = ERROR + "\n" + table(head, rows)
    rows = []
    for row in result["unequal"]:
        if "failed" in row:
            rows.append(failed(missed, row["question"], row, 7))
            continue
        met = verdict(missed, f"{row['question']}: a larger error than R2T's",
                      all(row["ours"][kind] <= row["r2t"][kind] for kind in ("median", "mean")))
        rows.append([row["question"], percent(row["ours"]["median"]), percent(row["ours"]["mean"]),
                     percent(row["r2t"]["median"]), percent(row["r2t"]["mean"]),
                     f"**{row['ours']['mean'] / row['r2t']['mean']:.2g}**", met])
    head = ["sum over all", "Weir median", "Weir mean", "R2T median", "R2T mean", "Weir / R2T", "never worse"]
    return page + UNEQUAL + "\n" + table(head, rows)


def peers(result, missed):
    page = PEERS
    for task in dict.fromkeys(row["task"] for row in result["rows"]):
        mine = [row for row in result["rows"] if row["task"] == task]
        base = next((row["seconds"] for row in mine if row["system"] == "Weir" and "seconds" in row), None)
        rows = []
        for row in mine:
            if "failed" in row:
                rows.append([row["system"], "no answer: " + row["failed"].replace("|", "/"), "", "", "", ""])
                if row["system"] == "Weir":
                    missed.append(f"{task}: {row['failed']}")
                continue
            rows.append([row["system"], f"{row['seconds']:.3g} s", number(base and row["seconds"] / base, "{:.1f}"),
                         percent(row["count_error"]), percent(row["sum_error"]),
                         f"{row['missing']:.3g} of {row['groups']}"])
        head = ["system", "time", "time / Weir's", "error of counts", "error of sums", "groups missing"]
        page += f"\n{task}:\n\n" + table(head, rows)
    return page + REMARKS


def bounding(result, _missed):
    return BOUNDING + "".join(f"    {line}\n" for line in result["said"].splitlines())


def machine():
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "-C", SOURCE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                            check=False).stdout.strip()
    return f"{os.cpu_count()} cores ({model}), at commit {commit}"


def page(results):
    """The whole page of what was measured, and the missed targets."""
    missed, text = [], INTRODUCTION.format(machine=machine())
    sections = [("slowdown-sf1", slowdown), ("slowdown-sf10", slowdown), ("bounding", bounding), ("error", error),
                ("peers", peers)]
    for name, section in sections:
        result = results.get(name)
        if result is None:
            continue
        if "failed" in result:
            missed.append(f"{name}: {result['failed']}")
            continue
        text += section(result, missed)
    return text, missed


def write(text, results):
    import plot  # pylint: disable=import-outside-toplevel  # matplotlib is slow to load
    (DOCS / "performance.md").write_text(text, encoding="utf-8")
    plot.draw(results, DOCS / "performance.svg")
    print(f"wrote {DOCS}/performance.md and performance.svg")
