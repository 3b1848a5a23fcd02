"""Tables of one dataset loaded after each other: order, rows that lead to nobody, rows added, a parent
loaded again beside a server, and kill -9 in the midst of it."""
import csv
import random
import re
import subprocess
import time

from harness import CITY_POLICY, CITY_TABLES, Folder, Server, Tap, WEIR, make_city, make_records, must, run

ALL = "SELECT count(*) FROM city.resident"


def head(source, target, rows):
    """The header and the first rows of a file; and the others, with the header, beside it."""
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    target.write_text("".join(lines[:rows + 1]), encoding="utf-8")
    rest = target.with_suffix(".rest")
    rest.write_text("".join(lines[:1] + lines[rows + 1:]), encoding="utf-8")
    return target, rest


def strangers(visits, residents):
    """How many visits are of nobody among the residents."""
    with open(residents, encoding="utf-8") as file:
        known = {row["resident_id"] for row in csv.DictReader(file)}
    with open(visits, encoding="utf-8") as file:
        return sum(row["resident_id"] not in known for row in csv.DictReader(file))


def said(rows, nobody):
    return (f"{rows:,} rows, {nobody:,} of them {'leads' if nobody == 1 else 'lead'} to nobody and "
            f"{'is' if nobody == 1 else 'are'} in no answer")


def versions(store):
    found = re.findall(r"^ +([\w.]+) \((\d+)\)", must(run("status", store)).stdout, re.MULTILINE)
    return {table: int(version) for table, version in found}


def check_order(tap, folder, records):
    store = folder / "order"
    must(run("init", store, "--policy", CITY_POLICY))
    done = run("load", store, "city.visit", records / "city.visit.csv")
    tap.ok(done.returncode == 1 and "city.resident, which is not loaded yet" in done.stderr,
           "a table that leads through another waits for it", done.stderr)
    tap.ok("hint: Load city.resident first" in done.stderr, "and says for which", done.stderr)


def check_rows(tap, folder, store, records):
    visits, residents = records / "city.visit.csv", records / "city.resident.csv"
    total = sum(1 for _ in open(visits, encoding="utf-8")) - 1
    done = must(run("load", store, "city.visit", visits))
    tap.equal(done.stdout, f"city.visit: {said(total, strangers(visits, residents))}\n",
              "rows that lead to nobody are counted")
    some, rest = head(visits, folder / "some.csv", 4000)
    tap.equal(must(run("load", store, "city.visit", some)).stdout,
              f"city.visit: {said(4000, strangers(some, residents))}\n", "a load replaces")
    tap.equal(must(run("load", "--append", store, "city.visit", rest)).stdout, done.stdout, "--append adds")
    again = run("load", "--append", store, "city.visit", some)
    tap.ok(again.returncode == 1 and
           f"{some}:2: line 2, column \"visit_no\": the same key as in a row that was loaded before"
           in again.stderr, "a key is unique over the whole", again.stderr)
    fewer, others = head(residents, folder / "fewer.csv", 1000)
    tap.equal(must(run("load", store, "city.resident", fewer)).stdout,
              "city.resident: 1,000 rows\ncity.visit, which leads to its people through it: "
              f"{said(total, strangers(visits, fewer))}\n", "a parent loaded again leads its rows anew")
    tap.ok(must(run("load", "--append", store, "city.resident", others)).stdout.endswith(
        f"through it: {said(total, strangers(visits, residents))}\n"), "and nothing of them was lost")
    tap.equal(run("verify", store).returncode, 0, "the store verifies")


def check_beside_a_server(tap, folder, store, records):
    fewer, _ = head(records / "city.resident.csv", folder / "fewer.csv", 1000)
    with Server(store) as server, server.client() as client:
        before = client.query(ALL).rows
        tap.equal(client.query(ALL).rows, before, "one answer for one state of the data")
        must(run("load", store, "city.resident", fewer))
        after = client.query(ALL).rows
        tap.ok(int(before[0][0]) > 2000 > int(after[0][0]), "a server takes up what is loaded beside it",
               f"{before}, {after}")
    tap.equal(run("verify", store).returncode, 0, "and all of it verifies")


def check_kills(tap, store, records):
    """Whenever it comes, both tables are of before or both are of after."""
    rng, torn, broken, killed = random.Random(7), [], [], 0
    started = time.monotonic()
    must(run("load", store, "city.resident", records / "city.resident.csv"))
    whole = time.monotonic() - started
    for turn in range(12):
        before = versions(store)
        load = subprocess.Popen([WEIR, "load", store, "city.resident", records / "city.resident.csv"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.2 * whole, 1.1 * whole))
        load.kill()
        killed += load.wait() != 0
        after = versions(store)
        moved = {table for table in after if after[table] != before[table]}
        if moved not in (set(), {"city.resident", "city.visit"}):
            torn.append(f"round {turn}: only {moved}")
        done = run("verify", store)
        if done.returncode != 0:
            broken.append(f"round {turn}: {done.stderr}")
    tap.equal(torn, [], "a killed load moves all of its tables or none")
    tap.equal(broken, [], "and the store verifies")
    tap.ok(killed > 0, "the kills came in time", killed)


if __name__ == "__main__":
    with Tap() as results, Folder() as place:
        city, made = make_city(place, tables=[table for table in CITY_TABLES if table != "city.visit"])
        check_order(results, place, made)
        check_rows(results, place, city, made)
        check_beside_a_server(results, place, city, made)
        larger = make_records(place / "larger", 20000)
        check_kills(results, city, larger)
