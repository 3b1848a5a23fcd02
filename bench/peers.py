"""Part D. The same questions to other systems: same records, epsilon, delta and unit of privacy; time and error.

Each peer is installed from bench/peers/NAME.txt into a Python of its own and answers in a process of its own
(bench/peers/NAME_peer.py), from the place it likes best: its data is loaded before the clock starts. Peers are told the
true largest number of rows and groups of a unit; Weir is not.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys

import duckdb

import data
import weirstore

RUNS = 5
PATIENCE = 120  # seconds after which a peer begins no further run; ten times that ends it
PEERS = {"opendp": "OpenDP (Polars)", "smartnoise": "SmartNoise SQL", "qrlew": "Qrlew (on DuckDB)",
         "dpsql_plus": "DPSQL+ (DuckDB)"}
FOLDER = pathlib.Path(__file__).resolve().parent / "peers"
PRIORITIES = ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"]


def census():
    folder = pathlib.Path(os.environ.get("WEIR_SHARED_DATA", data.SOURCE.parent / "shared/data"))
    return folder / "adult.csv" if (folder / "adult.csv").is_file() else None


def describe(task):
    """Completes a task by the true answer and what a unit contributes at most."""
    rows = duckdb.execute(f"""SELECT {task['group']}, count(*), sum({task['value']})::DOUBLE FROM '{task['file']}'
        GROUP BY ALL""").fetchall()
    most = duckdb.execute(f"""SELECT max(n), max(groups), max(most) FROM (
        SELECT sum(n)::BIGINT AS n, count(*) AS groups, max(n) AS most FROM (
          SELECT {task['unit']} AS unit, {task['group']}, count(*) AS n FROM '{task['file']}' GROUP BY ALL)
        GROUP BY unit)""").fetchone()
    task.update(truth={str(group): [count, total] for group, count, total in rows}, rows=sum(row[1] for row in rows),
                unit_rows=most[0], unit_groups=most[1], unit_group_rows=most[2], epsilon=weirstore.EPSILON,
                delta=1e-6, runs=RUNS, patience=PATIENCE)
    return task


def tasks():
    records = data.peers(census())
    found = [
        {"name": "10M rows, 1M people, 50 declared groups", "file": str(records / "visit.parquet"), "unit": "person_id",
         "group": "grp", "value": "amount", "low": 0, "high": 100, "groups": list(range(50)),
         "weir": ("visits.weir", records, "bench.visit")},
        {"name": "1.5M orders of 100k customers (TPC-H SF1), 5 declared groups",
         "file": str(data.tpch(1) / "orders.parquet"), "unit": "o_custkey", "group": "o_orderpriority",
         "value": "o_totalprice", "low": 0, "high": 600000, "groups": PRIORITIES,
         "weir": ("tpch.weir", data.tpch(1), "tpch.orders")}]
    if census():
        found.insert(0, {"name": "census sample, one row a person, groups not declared",
                         "file": str(records / "adult.parquet"), "unit": "person_id", "group": "education",
                         "value": "hours_per_week", "low": 0, "high": 99, "groups": None,
                         "weir": ("census.weir", records, "census.adult")})
    return [describe(task) for task in found]


def error(task, said, place):
    """The sum over groups of how far each is from the truth, relative to the sum of the truths: mean over the runs. A
    group that does not appear is as far off as it is large."""
    total = sum(abs(true[place]) for true in task["truth"].values())
    return statistics.fmean(sum(abs(answer.get(group, [0, 0])[place] - true[place])
                                for group, true in task["truth"].items()) / total for answer in said["answers"])


def summary(task, said):
    missing = [sum(group not in answer for group in task["truth"]) for answer in said["answers"]]
    return {"seconds": statistics.median(said["seconds"]), "runs": len(said["seconds"]),
            "count_error": error(task, said, 0), "sum_error": error(task, said, 1),
            "missing": statistics.fmean(missing), "groups": len(task["truth"])}


def ask_weir(task):
    policy, records, table = task["weir"]
    store = weirstore.loaded(policy, records)
    said = {"seconds": [], "answers": []}
    with weirstore.Asked(store) as asked:
        asked.check_bounded(f"SELECT count(*) FROM {table}", task["unit_rows"])
        for number in range(RUNS):
            seconds, rows = asked.timed(
                f"SELECT {task['group']}, count(*), sum({task['value']}) FROM {table} "
                f"WHERE {task['value']} > -{number + 1} GROUP BY {task['group']}")
            said["seconds"].append(seconds)
            said["answers"].append({row[0]: [float(number) for number in row[1:]] for row in rows})
    return said


def installed(peer):
    """The peer's Python, or why there is none."""
    if peer == "dpsql_plus" and not os.path.isdir(os.environ.get("DPSQL_PLUS", "")):
        return None, "in no registry, and DPSQL_PLUS names no checkout"
    place = data.PLACE / "peers" / peer
    wanted, done = FOLDER / f"{peer}.txt", place / "installed"
    if not done.is_file() or done.read_bytes() != wanted.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        pip = subprocess.run([place / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
                              "--require-hashes", "-r", wanted], capture_output=True, text=True, check=False)
        if pip.returncode != 0:
            return None, "cannot be installed: " + pip.stderr.strip().splitlines()[-1]
        done.write_bytes(wanted.read_bytes())
    return place / "bin/python", None


def ask_peer(peer, task):
    python, problem = installed(peer)
    if problem:
        raise RuntimeError(problem)
    told = {name: value for name, value in task.items() if name not in ("truth", "weir")}
    try:
        done = subprocess.run([python, FOLDER / f"{peer}_peer.py", json.dumps(told)], capture_output=True, text=True,
                              timeout=10 * PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"no answer within {10 * PATIENCE} s") from None
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1][:200])
    return json.loads(done.stdout.splitlines()[-1])


def measure(_options):
    rows = []
    for task in tasks():
        for name, label in {"weir": "Weir", **PEERS}.items():
            row = {"task": task["name"], "system": label}
            try:
                row.update(summary(task, ask_weir(task) if name == "weir" else ask_peer(name, task)))
            except (RuntimeError, weirstore.ServerError) as problem:
                row["failed"] = str(problem).splitlines()[-1]
            rows.append(row)
            print("  ", *(f"{key} {value}" for key, value in row.items() if key != "task"), flush=True)
    return {"rows": rows}
