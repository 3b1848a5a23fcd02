"""What the attacks share: a clinic with a known person, questions that must be refused at no cost, and exact-enough answers.

An attacker is an analyst with a purpose, psql and any SQL. The budget of this clinic is large, so that noise hides nothing that
the bounds do not."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import clinic  # noqa: E402
from harness import Folder, Server, Tap, spent  # noqa: E402
from pgclient import ServerError  # noqa: E402

__all__ = ["Folder", "Server", "ServerError", "Tap", "answer", "bound_of", "clinic", "half_width", "loud", "refused", "run_attack",
           "spent"]
PRECISE = 100  # epsilon: no privacy left, so that a bound that fails shows


def loud(server):
    """A session whose questions are answered almost without noise."""
    client = server.client(purpose="reports", timeout=120)
    client.query(f"SET weir.epsilon = {PRECISE}")
    return client


def answer(client, sql):
    """Rows, and the notices as one text."""
    done = client.query(sql)
    return done.rows, "\n".join(f"{notice['M']} {notice.get('D', '')}" for notice in done.notices)


def half_width(notices):
    return float(re.search(r"±([0-9.e+]+)", notices)[1])


def bound_of(notices):
    found = re.search(r"counts for at most ([0-9.e+]+) in it", notices)
    return float(found[1]) if found else 1.0


def refused(tap, server, questions, codes=("42", "0A", "22")):
    """Each is refused with an SQLSTATE of the client's fault, returns nothing, costs nothing, and is not logged."""
    before = spent(server.store)
    with server.client(purpose="reports") as client:
        for name, sql in questions.items():
            try:
                done = client.query(sql)
                tap.ok(False, f"{name} is refused", f"{sql}\n{done.rows[:3]}")
            except ServerError as problem:
                tap.ok(problem.sqlstate[:2] in codes and not problem.answer.rows, f"{name} is refused", f"{sql}\n{problem}")
    tap.equal(spent(server.store), before, "refusals cost nothing")


def run_attack(attack, people=600, change=None, edits=()):
    """attack(tap, server, records) on a fresh clinic; `change` may add to the records first."""
    with Tap() as tap, Folder() as folder:
        records = clinic.make_records(people)
        if change:
            change(records)
        store, _ = clinic.make_store(folder / "clinic", records, edits)
        with Server(store) as server:
            attack(tap, server, records)
            tap.ok(server.alive(), "the server is still there")
