#!/usr/bin/env python3
"""kill -9 at random moments: the store opens, the log verifies, and what was paid covers what was answered."""
import random
import subprocess
import threading
import time

from harness import Folder, Server, Tap, WEIR, make_city, make_records, must, run, spent
from pgclient import Closed, ServerError

ROUNDS = 50
ASKERS = 3


class Askers:
    """Sessions that ask one different question after another until the server is gone, and count the answers."""

    def __init__(self):
        self.lock, self.next, self.answered, self.problems = threading.Lock(), 0, 0, []

    def ask(self, server):
        try:
            with server.client(timeout=30) as client:
                client.query("SET weir.epsilon = 0.01")
                while True:
                    with self.lock:
                        self.next += 1
                        number = self.next
                    # No two numbers give the same pair of bounds: no question is answered from the store.
                    client.query("SELECT count(*) FROM city.resident WHERE birth_year > "
                                 f"{number // 100} AND birth_year < {3000 + number % 100}")
                    with self.lock:
                        self.answered += 1
        except Closed:
            return
        except ServerError as problem:
            if problem.sqlstate not in ("57P01", "57P02", "57014"):
                with self.lock:
                    self.problems.append(str(problem))

    def wait_for_one_more(self):
        """Until an answer more has come, or ten seconds have passed."""
        before, end = self.answered, time.monotonic() + 10
        while self.answered == before and time.monotonic() < end:
            time.sleep(0.002)


def check_serve(tap, folder, rng):
    store, _ = make_city(folder, 500, tables=["public.district", "city.resident"],
                         edits=[("BUDGET EPSILON 8 ", "BUDGET EPSILON 100 "),
                                ("BUDGET EPSILON 3 ", "BUDGET EPSILON 90 ")])
    askers, unverified = Askers(), []
    for turn in range(ROUNDS):
        server = Server(store)
        server.start()
        threads = [threading.Thread(target=askers.ask, args=(server,)) for _ in range(ASKERS)]
        for thread in threads:
            thread.start()
        if turn % 2:  # every other time among answers, however slow the machine; else at any moment
            askers.wait_for_one_more()
        time.sleep(rng.uniform(0.0, 0.25))
        server.kill()
        for thread in threads:
            thread.join()
        done = run("verify", store)
        if done.returncode != 0:
            unverified.append(f"round {turn}: {done.stderr}")
    charged = max(questions for _, _, questions in spent(store).values())
    tap.equal(unverified, [], f"the store verifies after each of {ROUNDS} kills")
    tap.equal(askers.problems, [], "no question failed but by the kill")
    tap.ok(askers.answered >= ROUNDS // 2, "the kills came among answers", askers.answered)
    tap.ok(askers.answered <= charged <= askers.next, "every answer was paid for",
           f"{askers.answered} answered, {charged} charged, {askers.next} asked")
    with Server(store) as server, server.client() as client:
        tap.ok(client.query("SELECT count(*) FROM city.resident").rows, "and it answers again")


def check_load(tap, folder, rng):
    """A killed load leaves the version before, and no litter that the next one minds."""
    store, _ = make_city(folder, 500, tables=["public.district", "city.resident"])
    larger = make_records(folder / "larger", 60000) / "city.resident.csv"
    with Server(store) as server, server.client() as client:
        before = client.query("SELECT count(*) FROM city.resident").rows
    broken, finished = [], 0
    for turn in range(10):
        load = subprocess.Popen([WEIR, "load", store, "city.resident", larger],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.0, 0.3))
        load.kill()
        finished += load.wait() == 0
        done = run("verify", store)
        if done.returncode != 0:
            broken.append(f"round {turn}: {done.stderr}")
    tap.equal(broken, [], "the store verifies after each killed load")
    if finished == 0:
        with Server(store) as server, server.client() as client:
            tap.equal(client.query("SELECT count(*) FROM city.resident").rows, before,
                      "the version before is still in force")
    must(run("load", store, "city.resident", larger))
    with Server(store) as server, server.client() as client:
        count = int(client.query("SELECT count(*) FROM city.resident").rows[0][0])
    tap.ok(abs(count - 60000) < 1000, "the next load goes through", count)


if __name__ == "__main__":
    generator = random.Random(50)
    with Tap() as results:
        with Folder() as place:
            check_serve(results, place, generator)
        with Folder() as place:
            check_load(results, place, generator)
