#!/usr/bin/env python3
"""One person with a million rows: no answer moves by more than its bound, and no question takes another class of time."""
import time

from attack import Folder, Server, Tap, answer, bound_of, clinic, half_width, loud
from clinic import TOWNS, make_records

ROWS = 1_000_000
QUESTIONS = [
    "SELECT count(*) FROM clinic.visit",
    "SELECT sum(days) FROM clinic.visit",
    "SELECT count(*) FROM clinic.person p JOIN clinic.visit v USING (person_id)",
    "SELECT ward, count(*) FROM clinic.visit GROUP BY ward",
    "SELECT town, count(*) FROM clinic.visit GROUP BY town",
    "SELECT count(*) FROM clinic.trip",
    "SELECT sum(days) FROM clinic.trip",
    "SELECT count(DISTINCT person_id) FROM clinic.visit",
    "SELECT count(*) FROM clinic.person p WHERE EXISTS (SELECT 1 FROM clinic.visit v WHERE v.person_id = p.person_id)",
    "SELECT n, count(*) FROM (SELECT person_id, least(count(*), 3) AS n FROM clinic.visit GROUP BY person_id) t GROUP BY n",
    "SELECT r, count(*) FROM (SELECT least(row_number() OVER (PARTITION BY person_id ORDER BY day), 3) AS r FROM clinic.visit) t GROUP BY r",
]


def add_giant(records):
    person = len(records["clinic.person"]) + 1
    records["clinic.person"].append({"person_id": person, "name": "Giant", "born": 1950, "sex": "F", "district": "A", "town": "Alm"})
    first = len(records["clinic.visit"]) + 1
    records["clinic.visit"] += [{"visit_no": first + i, "person_id": person, "ward": "east" if i % 3 else "west", "days": 30,
                                 "day": f"2026-01-1{i % 10}", "town": TOWNS[i % 5] if i % 2 else f"T{i % 500}"} for i in range(ROWS)]
    records["clinic.trip"] += [{"person_id": person, "town": "Alm", "days": 30} for _ in range(ROWS // 10)]


def ask_all(server):
    answers = []
    with loud(server) as client:
        for sql in QUESTIONS:
            started = time.monotonic()
            rows, notices = answer(client, sql)
            answers.append(({row[:-1]: float(row[-1]) for row in rows}, notices, time.monotonic() - started))
    return answers


def distance(left, right):
    """In L2 norm, over the groups of either."""
    return sum((left.get(group, 0) - right.get(group, 0)) ** 2 for group in set(left) | set(right)) ** 0.5


def compare(tap, without, with_giant):
    for sql, (rows, notices, seconds), (more, more_notices, more_seconds) in zip(QUESTIONS, without, with_giant):
        # the bound may be chosen a little higher with one person more: then all beyond the lower one count for more
        noise = 3 * (half_width(notices) + half_width(more_notices)) * max(len(rows), len(more)) ** 0.5 + 2
        moved = distance(rows, more)
        bounds = (bound_of(notices), bound_of(more_notices))
        slack = max(bounds) + (abs(bounds[0] - bounds[1]) * 60 if bounds[0] != bounds[1] else 0)
        tap.ok(moved <= slack + noise, f"{sql}: moved by no more than one person may",
               f"moved {moved}, bounds {bounds}, noise {noise}\n{rows}\n{more}")
        tap.ok(not any(group[0].startswith("T") for group in more if group), f"{sql}: no group of one person's own appears", more)
        tap.ok(more_seconds < seconds + 4, f"{sql}: takes no other class of time", f"{seconds} and {more_seconds}")


def main(tap):
    with Folder() as folder:
        seen = []
        for name, change in (("without", None), ("with", add_giant)):
            records = make_records(600)
            if change:
                change(records)
            store, _ = clinic.make_store(folder / name, records)
            with Server(store) as server:
                seen.append(ask_all(server))
        compare(tap, *seen)


if __name__ == "__main__":
    with Tap() as results:
        main(results)
