#!/usr/bin/env python3
"""The whole path: init, load, user, serve, ask with psql and with a plain client, explain, status, verify."""
import csv
import re
import shutil

from harness import CITY_POLICY, CITY_TABLES, Folder, PASSWORD, Server, Tap, make_city, must, run, spent
from pgclient import Closed, ServerError

BY_DISTRICT = "SELECT district, count(*) FROM city.resident GROUP BY district ORDER BY district"
HOUSING = "permit housing_statistics statistician"


def interval(notices):
    """The half-width of the 95% interval that the first notice with one names."""
    for notice in notices:
        found = re.search(r"(?:±|\+/-|within) ?([0-9.]+)", notice["M"] + " " + notice.get("D", ""))
        if found:
            return float(found[1])
    return None


def exact_by_district(records):
    counts = {}
    with open(records / "city.resident.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            counts[row["district"]] = counts.get(row["district"], 0) + 1
    return counts


def check_answers(tap, server, records):
    with server.client() as client:
        answer = client.query(BY_DISTRICT)
        exact = exact_by_district(records)
        tap.equal([row[0] for row in answer.rows], [f"D{n:02}" for n in range(1, 25)],
                  "every declared district is there, sorted")
        errors = [abs(float(count) - exact.get(code, 0)) for code, count in answer.rows]
        half = interval(answer.notices)
        tap.ok(half is not None and half > 0, "a notice states the interval", answer.notices)
        within = sum(error <= (half or 0) for error in errors)
        tap.ok(within >= 18, "most of the 24 counts are within their 95% interval",
               f"{within} of 24 within {half}: {errors}")
        tap.ok(any(error > 0 for error in errors), "the counts are noisy", errors)
        again = client.query(BY_DISTRICT)
        tap.equal(again.rows, answer.rows, "the same question gets the same answer")
        variant = client.query("select r.district, COUNT( * ) as n\nfrom city.resident as r "
                               "group by 1 order by 1 -- the same\n")
        tap.equal(variant.rows, answer.rows, "and so does the same question in other words")
    with server.client() as client:
        tap.equal(client.query(BY_DISTRICT).rows, answer.rows, "and in another session")
        bound = client.query_with("SELECT count(*) FROM city.resident WHERE birth_year < $1", ["1960"])
        plain = client.query("SELECT count(*) FROM city.resident WHERE birth_year < 1960")
        tap.equal(bound.rows, plain.rows, "a parameter is the constant it stands for")
    return answer.rows


def check_psql(tap, server, rows):
    done = server.psql(BY_DISTRICT)
    tap.equal([tuple(line.split("|")) for line in done.stdout.splitlines()], rows, "psql reads the same")
    for sql, expected in ((r"\l", "housing_statistics"), (r"\dt city.*", "resident"),
                          (r"\d city.resident", "birth_year")):
        done = server.psql(sql)
        tap.ok(done.returncode == 0 and expected in done.stdout, f"psql {sql}", done.stdout + done.stderr)
    hidden = server.psql(r"\l").stdout
    tap.ok("health_planning" not in hidden, r"\l shows no purpose of another role", hidden)
    hidden = server.psql(r"\dt *.*").stdout
    tap.ok("employment" not in hidden, r"\dt shows no table of another purpose", hidden)
    columns = server.psql(r"\d city.resident").stdout
    tap.ok("street" not in columns and "name" not in columns.split("Column")[-1].split("\n")[0],
           r"\d shows no identifying column", columns)


def check_connections(tap, server):
    for user, purpose, password, name in (
            ("ada", "health_planning", PASSWORD, "a purpose of another role"),
            ("ada", "no_such_purpose", PASSWORD, "a purpose that does not exist"),
            ("ada", "housing_statistics", "wrong", "a wrong password"),
            ("eve", "housing_statistics", PASSWORD, "an unknown user")):
        try:
            server.client(user, purpose, password).close()
            tap.ok(False, f"{name} is refused at connect")
        except (ServerError, Closed) as problem:
            tap.ok(getattr(problem, "sqlstate", "")[:2] in ("28", "3D", "42"),
                   f"{name} is refused at connect", problem)


def check_free_and_priced(tap, server, store):
    before = spent(store)
    with server.client() as client:
        client.query(BY_DISTRICT)
        plan = client.query("EXPLAIN SELECT count(*) FROM city.housing WHERE rooms > 3")
        tap.ok(plan.rows, "EXPLAIN shows something", plan.rows)
    done = run("explain", store, "--purpose", "housing_statistics",
               "SELECT count(*) FROM city.housing WHERE rooms > 3")
    tap.ok(done.returncode == 0 and "epsilon" in done.stdout.lower(), "weir explain shows the price",
           done.stdout + done.stderr)
    done = run("explain", store, "--purpose", "housing_statistics", "SELECT street FROM city.resident")
    tap.ok(done.returncode == 1 and "\n         ^" in done.stderr,
           "weir explain refuses as asking would, and points at the place", done.stderr)
    tap.equal(spent(store), before, "repeats and explanations are free")
    with server.client() as client:
        client.query("SET weir.epsilon = 0.125")
        client.query("SELECT count(*) FROM city.housing WHERE rooms > 3")
        budget = client.query("SHOW weir.budget")
        tap.ok(budget.rows, "SHOW weir.budget shows something")
    after = spent(store)
    moved = [account for account in after if after[account] != before[account]]
    tap.equal(sum(after[account][2] - before[account][2] for account in moved), 2,
              "a new question is charged once to its permit and once to its dataset")


def check_load(tap, folder, records):
    """A bad row is named by its place, never by its value, and nothing of the file is loaded."""
    store = folder / "other"
    must(run("init", store, "--policy", CITY_POLICY))
    must(run("load", store, "public.district", records / "public.district.csv"))
    lines = (records / "city.resident.csv").read_text(encoding="utf-8").splitlines()
    fields = lines[40].split(",")
    for index, value, column in ((3, "nineteen", "birth_year"), (3, "", "birth_year"),
                                 (5, "D99", "district"), (4, "Q", "sex"), (0, "1", "resident_id"),
                                 (0, "", "resident_id"), (8, "2026-13-01", "moved_in_on")):
        bad = folder / "bad.csv"
        changed = fields[:index] + [value] + fields[index + 1:]
        bad.write_text("\n".join(lines[:40] + [",".join(changed)] + lines[41:]) + "\n", encoding="utf-8")
        done = run("load", store, "city.resident", bad)
        tap.ok(done.returncode == 1 and f"{bad}:41: " in done.stderr and column in done.stderr,
               f"a bad {column} is refused at its line", done.stderr)
        tap.ok(len(value) < 3 or value not in done.stderr, "and its value is not shown", done.stderr)
    tap.ok("city.resident" not in must(run("status", store)).stdout, "nothing of it is loaded")


def check_tampering(tap, folder, store):
    """verify passes what is whole and fails on one changed byte, wherever it is."""
    done = run("verify", store)
    tap.equal(done.returncode, 0, "the store verifies")
    for pattern in ("log/checkpoint", "log/tile/0/*", "log/tile/entries/*"):
        for victim in sorted(store.glob(pattern)):
            files = [victim] if victim.is_file() else sorted(victim.rglob("*"))
            copy = folder / "tampered"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(store, copy)
            target = copy / [file for file in files if file.is_file()][-1].relative_to(store)
            data = bytearray(target.read_bytes())
            data[len(data) // 2] ^= 1
            target.chmod(0o600)
            target.write_bytes(data)
            tap.ok(run("verify", copy).returncode == 1, f"a flipped bit in {pattern} is found")
            break
        else:
            tap.ok(False, f"the log has {pattern}")


def main(tap):
    with Folder() as folder:
        store, records = make_city(folder)
        done = run("status", store)
        tap.ok(all(table in done.stdout for table in CITY_TABLES), "status names the tables", done.stdout)
        with Server(store) as server:
            rows = check_answers(tap, server, records)
            check_psql(tap, server, rows)
            check_connections(tap, server)
            check_free_and_priced(tap, server, store)
        with Server(store) as server, server.client() as client:
            tap.equal(client.query(BY_DISTRICT).rows, rows, "the answer survives a restart")
        tap.ok(HOUSING.split()[1] in must(run("status", store)).stdout, "status names the budget")
        check_load(tap, folder, records)
        check_tampering(tap, folder, store)


if __name__ == "__main__":
    with Tap() as results:
        main(results)
