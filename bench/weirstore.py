"""One Weir store for the benchmark: loaded once from a policy and Parquet files, then copied, served and asked over the
wire. Each run asks a copy that was never asked, so that no answer comes from the store of answers."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

import duckdb

from data import PLACE, SOURCE, made_once

sys.path.insert(0, str(SOURCE / "tests/e2e"))
from harness import PASSWORD, WEIR, Server  # noqa: E402
from pgclient import ServerError  # noqa: E402, F401

USER = "ada"
EPSILON = 0.8  # of every question: that of the published figures


def weir(*words):
    done = subprocess.run([WEIR, *map(str, words)], capture_output=True, text=True,
                          env=dict(os.environ, WEIR_PASSWORD=PASSWORD), check=False)
    if done.returncode != 0:
        raise RuntimeError(f"weir {' '.join(map(str, words))}\n{done.stdout}{done.stderr}")


def columns_of(policy):
    """The columns of each table that the policy declares, in its order, in which parents come first."""
    text = re.sub(r"--.*", "", policy.read_text(encoding="utf-8"))
    tables = re.findall(r"TABLE (\w+\.\w+) \((.*?)\n\)", text, re.S)
    return {table: re.findall(r"^\s*(\w+) +[A-Z]", body, re.M) for table, body in tables}


def loaded(policy_name, records):
    """A store that was loaded and never asked, and the seconds that loading each table took. A table's records are the
    file of its name; columns that the policy does not have are left out."""
    policy = SOURCE / "bench" / policy_name
    tables = columns_of(policy)
    key = hashlib.sha256(policy.read_bytes() + str(records).encode())
    with open(WEIR, "rb") as binary:
        key.update(binary.read())

    def make(folder):
        weir("init", folder / "store", "--policy", policy)
        for table, columns in tables.items():
            file = folder / f"{table}.parquet"
            duckdb.execute(f"COPY (SELECT {', '.join(columns)} FROM '{records}/{table.split('.')[1]}.parquet') "
                           f"TO '{file}'")
            start = time.monotonic()
            weir("load", folder / "store", table, file)
            print(f"  {table}: loaded in {time.monotonic() - start:.1f} s", flush=True)
            file.unlink()
        weir("user", "add", folder / "store", USER, "--role", "analyst")
    place = PLACE / f"stores/{policy.stem}-{records.name}-{key.hexdigest()[:12]}"
    for old in place.parent.glob(f"{policy.stem}-{records.name}-*"):
        if old != place:  # of another policy or another build
            shutil.rmtree(old)
    return made_once(place, make) / "store"


class Asked:
    """A copy of a loaded store, being served: with Asked(store) as asked: asked.ask(sql)."""

    def __init__(self, store):
        self.store, self.answers = store, 0
        self.copy = store.with_name("asked")

    def __enter__(self):
        def link_data(source, target):  # data files never change: linked, and so the plain side reads the same
            return os.link(source, target) if "/data/" in source else shutil.copy2(source, target)
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.store, self.copy, copy_function=link_data)
        self.server = Server(self.copy, "--timeout", "600", "--idle", "3600")
        self.server.__enter__()
        self.client = self.server.client(USER, "benchmark", PASSWORD, timeout=700)
        self.client.query(f"SET weir.epsilon = {EPSILON}")
        return self

    def __exit__(self, kind, *rest):
        paid = self.paid() if kind is None else self.answers
        self.client.close()
        self.server.__exit__(kind, *rest)
        shutil.rmtree(self.copy, ignore_errors=True)
        if paid < self.answers:
            raise RuntimeError(f"{self.answers - paid} answers came from the store of answers")

    def paid(self):
        """How many questions the ledger has charged."""
        budget = self.client.query("SHOW weir.budget")
        place = budget.columns.index("questions")
        return min(int(row[place]) for row in budget.rows)

    def ask(self, sql):
        """Rows of text, of a question that must not have been asked before."""
        rows = self.client.query(sql).rows
        self.answers += 1
        return rows

    def check_bounded(self, sql, largest):
        """A figure of an answer that protects nobody must not be published: EXPLAIN may not claim that a person moves a
        number by less than the most that one does, where no policy of the benchmark bounds it."""
        plan = "\n".join(row[0] or "" for row in self.client.query("EXPLAIN " + sql).rows)
        for claim in re.findall(r"one person moves it by at most ([0-9.e+]+)", plan):
            if float(claim) < largest:
                raise RuntimeError(f"not protected: one person may move the answer by {largest:g}, not {claim}: {sql}")

    def timed(self, sql):
        """(seconds, rows), from the first byte sent to the last received."""
        start = time.perf_counter()
        rows = self.ask(sql)
        return time.perf_counter() - start, rows
