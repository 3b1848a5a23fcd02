#!/usr/bin/env python3
"""The budget: a clear refusal at its end, and no way past it for eight sessions that ask at once."""
import threading

from harness import Folder, Server, Tap, make_city, must, run, spent
from pgclient import ServerError

SMALL = [("BUDGET EPSILON 3 DELTA 1e-9 PER YEAR  QUERY EPSILON 0.25", "BUDGET EPSILON 1 DELTA 1e-9 PER YEAR  "
          "QUERY EPSILON 0.5")]
SESSIONS = 8


def question(number):
    """Different questions, so that none is answered from the store."""
    return f"SELECT count(*) FROM city.resident WHERE birth_year > {1900 + number}"


def ask_until_refused(client, first):
    """How many questions were answered, and the error that came then."""
    for asked in range(1000):
        try:
            client.query(question(first + asked))
        except ServerError as error:
            return asked, error
    return 1000, None


def check_end(tap, folder):
    store, _ = make_city(folder, 500, edits=SMALL, tables=["public.district", "city.resident"])
    with Server(store) as server, server.client() as client:
        answered, error = ask_until_refused(client, 0)
        tap.ok(error is not None and answered > 1, "the budget has an end", f"{answered} answered")
        tap.equal(error.sqlstate, "53W01", "its end has an SQLSTATE of its own")
        tap.ok(error.fields.get("H"), "and a hint", error.fields)
        before = spent(store)
        for number in range(20):
            try:
                client.query(question(100 + number))
                tap.ok(False, "nothing is answered after the end")
                break
            except ServerError as again:
                if again.sqlstate != "53W01":
                    tap.ok(False, "every further question is refused alike", again)
                    break
        else:
            tap.ok(True, "nothing is answered after the end")
        tap.equal(spent(store), before, "a refused question pays nothing")
        tap.ok(all(used <= limit * (1 + 1e-9) for used, limit, _ in before.values()),
               "no account passed its limit", before)
        tap.ok(client.query(question(0)).rows, "a stored answer is still given")
        tap.ok(client.query("SELECT code FROM public.district").rows, "public tables stay free")
    must(run("verify", store))
    return answered


def check_race(tap, folder, affordable):
    """All but one question is spent; eight sessions ask at the same moment."""
    store, _ = make_city(folder, 500, edits=SMALL, tables=["public.district", "city.resident"])
    outcomes = []
    barrier = threading.Barrier(SESSIONS)

    def race(client, number):
        barrier.wait()
        try:
            client.query(question(200 + number))
            outcomes.append("answered")
        except ServerError as error:
            outcomes.append(error.sqlstate)

    with Server(store) as server:
        clients = [server.client() for _ in range(SESSIONS)]
        for number in range(affordable - 1):
            clients[0].query(question(number))
        threads = [threading.Thread(target=race, args=(client, number))
                   for number, client in enumerate(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
    tap.equal(sorted(outcomes), ["53W01"] * (SESSIONS - 1) + ["answered"],
              "of eight questions for the last unit one is answered")
    budgets = spent(store)
    tap.ok(all(used <= limit * (1 + 1e-9) for used, limit, _ in budgets.values()),
           "no account passed its limit", budgets)
    tap.ok(affordable in [questions for _, _, questions in budgets.values()],
           "as many charges as answers", budgets)
    tap.equal(run("verify", store).returncode, 0, "the log verifies")


if __name__ == "__main__":
    with Tap() as results:
        with Folder() as place:
            count = check_end(results, place)
        with Folder() as place:
            check_race(results, place, count)
