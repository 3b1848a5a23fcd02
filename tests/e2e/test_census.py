#!/usr/bin/env python3
"""The promise of the interval, on real records: 200 fresh stores, one question each, known true counts.

A fresh store is one that was loaded and never asked. One is made and loaded; the others are copies of its folder taken
before the first question: noise comes from the kernel at each question, so nothing in the folder decides it.
"""
import concurrent.futures
import os
import re
import shutil

from harness import Folder, PASSWORD, SOURCE, Server, Tap, must, run, shared_data, skip_all, spent

RUNS = int(os.environ.get("WEIR_CENSUS_RUNS", "200"))
QUESTION = "SELECT income, count(*) FROM census.person GROUP BY income ORDER BY income"
EXACT = {"<=50K": 37155, ">50K": 11687}


def interval_of_all(notices):
    """The half-width of the interval that holds all numbers of the answer at once."""
    for notice in notices:
        found = re.search(r"all 2 at once: ±([0-9.]+)", notice["M"])
        if found:
            return float(found[1])
    return None


def copy_store(fresh, place):
    """As cp -a, but for the immutable data files, which are linked."""
    def link_data(source, target):
        if "/data/" in source:
            return os.link(source, target)
        return shutil.copy2(source, target)
    shutil.copytree(fresh, place, copy_function=link_data)


def ask_fresh(fresh, place):
    """(within the interval, the second asking was equal and free) of one fresh store."""
    copy_store(fresh, place)
    with Server(place) as server, server.client("clara", "income_statistics", PASSWORD) as client:
        first = client.query(QUESTION)
        paid = spent(place)
        second = client.query(QUESTION)
        again = spent(place) == paid and second.rows == first.rows
        half = interval_of_all(first.notices)
    shutil.rmtree(place)
    counts = {income: float(count) for income, count in first.rows}
    within = half is not None and counts.keys() == EXACT.keys() and all(
        abs(counts[income] - EXACT[income]) <= half for income in EXACT)
    return within, again, first.rows


def main(tap, data):
    with Folder() as folder:
        fresh = folder / "fresh"
        must(run("init", fresh, "--policy", SOURCE / "examples/census/census.weir"))
        must(run("load", fresh, "census.person", data))
        must(run("user", "add", fresh, "clara", "--role", "analyst"))
        with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            outcomes = list(pool.map(lambda n: ask_fresh(fresh, folder / f"run{n}"), range(RUNS)))
    within = sum(outcome[0] for outcome in outcomes)
    tap.ok(within >= 0.9 * RUNS, "both counts are within their interval in at least 90% of the runs",
           f"{within} of {RUNS}; first {outcomes[0]}")
    tap.ok(all(outcome[1] for outcome in outcomes), "the second asking is equal and free every time")
    tap.ok(len({str(outcome[2]) for outcome in outcomes}) > RUNS * 0.9, "the noise is new in every store")


if __name__ == "__main__":
    adult = shared_data("adult.csv")
    if adult is None:
        skip_all("no adult.csv in ../shared/data or $WEIR_SHARED_DATA")
    with Tap() as results:
        main(results, adult)
