#!/usr/bin/env python3
"""What must be refused is refused cleanly: an SQLSTATE, no row, no value of the records, the server still up."""
import csv
import random
import struct
import time

from harness import Folder, Server, Tap, make_city, must, run
from pgclient import Closed, ServerError

REFUSED = {
    "every column": "SELECT * FROM city.resident",
    "rows by their key": "SELECT birth_year FROM city.resident WHERE resident_id = 7",
    "a filter by the key": "SELECT count(*) FROM city.resident WHERE resident_id = 7",
    "a group by the key": "SELECT resident_id, count(*) FROM city.resident GROUP BY resident_id",
    "an extreme": "SELECT max(birth_year) FROM city.resident",
    "an identifying column": "SELECT name, street FROM city.resident",
    "a count by an identifying column": "SELECT street, count(*) FROM city.resident GROUP BY street",
    "a filter by an identifying column": "SELECT count(*) FROM city.resident WHERE name LIKE 'A%'",
    "a table of another purpose": "SELECT count(*) FROM city.employment",
    "a table that does not exist": "SELECT count(*) FROM city.secret",
    "names put in one text": "SELECT string_agg(name, ',') FROM city.resident",
    "rows put in an array": "SELECT array_agg(birth_year) FROM city.resident",
    "a window": "SELECT row_number() OVER (ORDER BY birth_year) FROM city.resident",
    "a file of the server": "SELECT pg_read_file('/etc/passwd')",
    "a file beside an aggregate": "SELECT count(*), pg_read_file('/etc/passwd') FROM city.resident",
    "a file by the engine's own function": "SELECT count(*) FROM read_csv('/etc/passwd')",
    "a file as a table": "SELECT count(*) FROM '/etc/passwd'",
    "the engine's settings": "SELECT count(*) FROM duckdb_settings()",
    "a delay": "SELECT count(*), pg_sleep(10) FROM city.resident",
    "COPY out": "COPY city.resident TO STDOUT",
    "COPY of a question": "COPY (SELECT name FROM city.resident) TO STDOUT",
    "COPY in": "COPY city.resident FROM STDIN",
    "COPY to a program": "COPY city.resident TO PROGRAM 'cat'",
    "CREATE": "CREATE TABLE mine (a int)",
    "CREATE AS": "CREATE TABLE mine AS SELECT name FROM city.resident",
    "SELECT INTO": "SELECT name INTO mine FROM city.resident",
    "INSERT": "INSERT INTO city.resident VALUES (1)",
    "UPDATE": "UPDATE city.resident SET birth_year = 2000",
    "DELETE": "DELETE FROM city.resident",
    "a change inside a question": "WITH gone AS (DELETE FROM city.resident RETURNING *) SELECT count(*) FROM gone",
    "DROP": "DROP TABLE city.resident",
    "ATTACH": "ATTACH '/etc/passwd' AS x",
    "PRAGMA": "PRAGMA database_list",
    "DO": "DO $$ BEGIN RAISE NOTICE 'x'; END $$",
    "LOAD": "LOAD 'x'",
    "FOR UPDATE": "SELECT count(*) FROM city.resident FOR UPDATE",
    "a set operation on rows": "SELECT name FROM city.resident UNION SELECT street FROM city.resident",
    "a recursion": "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT count(*) FROM r",
    "a cross join with itself": "SELECT count(*) FROM city.resident a, city.resident b",
    "a group by an aggregate": "SELECT district, count(*) FROM city.resident GROUP BY 2",
    "an aggregate of an aggregate": "SELECT sum(count(*)) FROM city.resident",
    "no noise": "SET weir.epsilon = 'Infinity'",
    "less than no noise": "SET weir.epsilon = -1",
    "a setting that does not exist": "SET weir.noise = off",
    "a setting of another server": "SET session_authorization = 'root'",
    "a setting with no name of ours": "SET no.such = 1",
    "a setting shown that does not exist": "SHOW weir.secret",
    "a setting of another kind": "SET weir.epsilon = 'abc'",
    "two statements, one bad": "SELECT 1; DROP TABLE city.resident",
    "two statements, the first bad": "SELECT name FROM city.resident; SELECT count(*) FROM city.resident",
    "two statements, one that does not parse": "SELECT count(*) FROM city.resident; SELEC 1",
    "nonsense": "SELEC count(*) FROM city.resident",
    "a NUL's neighbour": "SELECT '\\u0000' FROM city.resident",
    "a depth of 10,000": "SELECT count(*) FROM city.resident WHERE " + "(" * 10000 + "true" + ")" * 10000,
    "a sum of 10,000 terms": "SELECT count(*) FROM city.resident WHERE birth_year > " + "1+" * 10000 + "1",
    "a depth of 10,000 NOTs": "SELECT count(*) FROM city.resident WHERE " + "NOT " * 10000 + "true",
    "70 KiB": "SELECT count(*) FROM city.resident WHERE birth_year IN (" + "1, " * 24000 + "1)",
    "IN of another type": "SELECT count(*) FROM city.resident WHERE birth_year IN (" + "'x', " * 9000 + "'x')",
    "IN of columns of a person": "SELECT count(*) FROM city.resident WHERE name IN (" + "street, " * 5000 + "name)",
    "no UTF-8": b"SELECT count(*) FROM city.resident WHERE born_in = '\xff\xfe'",
}

COUNT_OLDER = "SELECT count(*) FROM city.resident WHERE birth_year < $1"
WRONG_PARAMETERS = {
    "none for one": (COUNT_OLDER, []),
    "two for one": (COUNT_OLDER, ["1950", "1951"]),
    "a word for a number": (COUNT_OLDER, ["old"]),
    "a number that is too large": (COUNT_OLDER, ["99999999999999999999"]),
    "nothing for a number": (COUNT_OLDER, [""]),
    "SQL for a number": (COUNT_OLDER, ["1950 OR true"]),
    "a date that is none": ("SELECT count(*) FROM city.resident WHERE moved_in_on < $1", ["2026-02-30"]),
    "a parameter without a number": ("SELECT count(*) FROM city.resident WHERE birth_year < $0", ["1"]),
    "the 1000th parameter": ("SELECT count(*) FROM city.resident WHERE birth_year < $1000", ["1"]),
    "one for two types": ("SELECT count(*) FROM city.resident WHERE birth_year < $1 AND sex = $1", ["1"]),
    "a table's name": ("SELECT count(*) FROM $1", ["city.resident"]),
    "no buckets": ("SELECT width_bucket(rent, 0, 6000, $1), count(*) FROM city.housing GROUP BY 1", ["0"]),
    "a limit below zero": ("SELECT sex, count(*) FROM city.resident GROUP BY sex LIMIT $1", ["-1"]),
    "rows": ("SELECT name FROM city.resident WHERE birth_year = $1", ["1950"]),
    "two statements": ("SELECT 1; SELECT 2", []),
}
# What is allowed, and must stay cheap for the server however it is nested or long.
HEAVY = {
    "IN of 9,000 numbers": "SELECT count(*) FROM city.resident WHERE birth_year IN ("
                           + ", ".join(map(str, range(1, 9001))) + ")",
    "a nest of 150 sums": "SELECT sum(rent" + " + 1.5" * 150 + ") FROM city.housing",
    "a nest of 190 sums of whole numbers": "SELECT sum(household_size" + " + 1" * 190 + ") FROM city.resident",
    "a nest of 180 NOTs": "SELECT count(*) FROM city.resident WHERE " + "NOT " * 180 + "sex LIKE 'F%'",
    "a nest of 180 casts": "SELECT count(*) FROM city.resident WHERE birth_year" + "::text::int" * 90 + " > 1950",
    "a nest of 150 LIKEs": "SELECT count(*) FROM city.resident WHERE " + "(" * 75 + "born_in"
                           + " LIKE 'h%')::text" * 75 + " = 'true'",
    "a nest of 90 CASEs": "SELECT count(*) FROM city.resident WHERE 1 = "
                          + "CASE WHEN birth_year > 1950 THEN 1 ELSE " * 90 + "2" + " END" * 90,
    "a nest of 40 buckets": "SELECT count(*) FROM city.housing WHERE " + "width_bucket(" * 40 + "rent"
                            + ", 0, 6000, 5)" * 40 + " > 1",
    "a pattern of 60 wildcards": "SELECT count(*) FROM city.resident WHERE born_in LIKE '" + "%_" * 60 + "z'",
    "AND of 1,500 conditions": "SELECT count(*) FROM city.resident WHERE "
                               + " AND ".join(f"birth_year <> {n}" for n in range(1500)),
}

SEEDS = [
    "SELECT district, count(*) FROM city.resident GROUP BY district ORDER BY 2 DESC LIMIT 3",
    "SELECT sex, avg(household_size) FROM city.resident WHERE birth_year < 1990 GROUP BY sex",
    "SELECT count(DISTINCT resident_id) FROM city.resident WHERE moved_in_on >= DATE '2020-01-01'",
    "SELECT d.label, sum(h.rent) / sum(h.floor_area) FROM city.housing h JOIN public.district d "
    "ON d.code = h.district GROUP BY d.label HAVING count(*) > 20",
    "SELECT CASE WHEN rooms > 3 THEN 'many' ELSE 'few' END, count(*), weir_error(count(*)) "
    "FROM city.housing GROUP BY 1",
    "SELECT code, label, area_km2 FROM public.district ORDER BY area_km2",
    "SHOW weir.budget",
    "EXPLAIN SELECT heating, count(*) FROM city.housing GROUP BY heating",
]
WORDS = ["name", "street", "resident_id", "*", "count(*)", "max(birth_year)", "1/0", "NULL", "city.resident",
         "public.district", "(", ")", ",", "'", '"', "--", "/*", "*/", ";", "$1", "::text", "UNION", "JOIN",
         "OVER ()", "FILTER (WHERE true)", "LATERAL", "GROUP BY", "DISTINCT", "(SELECT name FROM city.resident)",
         "CAST(name AS INT)", "-9223372036854775808", "1e999", "NaN", "'\\'", "ROW(", "ARRAY[", "IN (", "||"]


def secrets(records):
    """Values of single people that no answer may show."""
    found = set()
    with open(records / "city.resident.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.update((row["name"], row["street"]))
    return [text.encode() for text in found]


def mutate(rng, sql):
    tokens = sql.split(" ")
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(tokens))
        kind = rng.randrange(5)
        if kind == 0 and len(tokens) > 1:
            del tokens[place]
        elif kind == 1:
            tokens.insert(place, rng.choice(WORDS))
        elif kind == 2:
            tokens[place] = rng.choice(WORDS)
        elif kind == 3:
            other = rng.choice(SEEDS).split(" ")
            start = rng.randrange(len(other))
            tokens[place:place] = other[start:start + rng.randint(1, 6)]
        else:
            word = tokens[place]
            cut = rng.randrange(len(word) + 1)
            tokens[place] = word[:cut] + chr(rng.randint(32, 126)) + word[cut + rng.randint(0, 1):]
    return " ".join(tokens)


class Asker:
    """One session that is opened again when the server ends it, which a refusal never should."""

    def __init__(self, server):
        self.server, self.client, self.lost = server, server.client(), 0

    def ask(self, sql, values=None):
        """(sqlstate, bytes received, rows, fields): sqlstate None for an answer. With values: prepared."""
        try:
            answer = self.client.query(sql) if values is None else self.client.query_with(sql, values)
            return None, answer.raw, answer.rows, {}
        except ServerError as error:
            return error.sqlstate, error.answer.raw, error.answer.rows, error.fields
        except Closed:
            self.lost += 1
            self.client = self.server.client()
            return "closed", b"", [], {}


    def budget(self):
        return self.ask("SHOW weir.budget")[2]


def check_refused(tap, asker, hidden):
    before = asker.budget()
    asked = [(name, sql, None) for name, sql in REFUSED.items()]
    asked += [(f"prepared, {name}", *wrong) for name, wrong in WRONG_PARAMETERS.items()]
    for name, sql, values in asked:
        sqlstate, raw, rows, fields = asker.ask(sql, values)
        tap.ok(sqlstate and sqlstate != "closed" and not sqlstate.startswith("XX") and fields.get("M"),
               f"refused: {name}", f"{sqlstate} {fields} {rows[:3]}")
        tap.ok(not any(secret in raw for secret in hidden) and b"root:" not in raw,
               f"nothing leaks: {name}", raw[:400])
    tap.equal(asker.ask("SELECT street FROM city.resident")[3].get("P"), "8", "a refusal points at the place")
    for condition in ("born_in ~ 'x'", "random() > 1", "x.y(1) > 1"):
        sql = f"SELECT count(*) FROM city.resident WHERE {condition}"
        tap.ok("LIKE" in asker.ask(sql)[3].get("H", ""), "a function that is not there: what to write instead")
    tap.equal(asker.lost, 0, "no refusal ends the session")
    tap.ok(before and asker.budget() == before, "no refusal costs anything", f"{before}\n{asker.budget()}")
    tap.ok(asker.ask(COUNT_OLDER, ["1950"])[0] is None and asker.budget() != before,
           "the right parameter is answered, and paid")


def check_heavy(tap, asker):
    asker.ask("SET weir.epsilon = 0.01")
    for name, sql in HEAVY.items():
        start = time.monotonic()
        sqlstate, _, _, fields = asker.ask(sql)
        took = time.monotonic() - start
        tap.ok(sqlstate is None and took < 10, f"bears {name}", f"{took:.1f} s, {sqlstate} {fields}")


def check_mutants(tap, asker, hidden, count=500):
    rng = random.Random(20261124)
    asker.ask("SET weir.epsilon = 0.01")
    leaks, internal, charged, answered = [], [], [], 0
    budget = asker.budget()
    for _ in range(count):
        sql = mutate(rng, rng.choice(SEEDS))
        sqlstate, raw, _, fields = asker.ask(sql)
        answered += sqlstate is None
        before, budget = budget, asker.budget()
        if sqlstate is not None and ";" not in sql and budget != before:
            charged.append(sql)
        if any(secret in raw for secret in hidden):
            leaks.append(sql)
        if sqlstate in ("closed",) or (sqlstate or "").startswith("XX"):
            internal.append(f"{sql}  ->  {sqlstate} {fields}")
    tap.equal(leaks, [], f"{count} mutated questions leak nothing")
    tap.ok(not internal, f"{count} mutated questions meet no defect", "\n".join(internal))
    tap.equal(charged, [], f"none of {count} mutated questions pays for a refusal")
    tap.ok(0 < answered < count, "some are answered and some refused", f"{answered} answered")


def check_broken_protocol(tap, server):
    """Bytes that are no protocol end that one session and nothing else."""
    rng = random.Random(7)
    for size in (1, 4, 5, 100, 5000):
        client = server.client()
        try:
            client.send_raw(bytes(rng.randrange(256) for _ in range(size)))
            client.socket.close()
        except Closed:
            pass
    client = server.client()
    try:
        client.send_raw(b"Q" + struct.pack("!I", 0x7FFFFFFF) + b"SELECT")
        client.query("SELECT 1")
        tap.ok(False, "a message of 2 GiB is refused")
    except (Closed, ServerError):
        tap.ok(True, "a message of 2 GiB is refused")
    with server.client() as after:
        tap.ok(after.query("SELECT code FROM public.district").rows, "the server is still up")


def main(tap):
    with Folder() as folder:
        # A budget large enough that no question of this test is refused for want of it.
        store, records = make_city(folder, edits=[("BUDGET EPSILON 8 ", "BUDGET EPSILON 100 "),
                                                  ("BUDGET EPSILON 3 ", "BUDGET EPSILON 90 ")])
        hidden = secrets(records)
        with Server(store) as server:
            asker = Asker(server)
            check_refused(tap, asker, hidden)
            check_heavy(tap, asker)
            check_mutants(tap, asker, hidden)
            check_broken_protocol(tap, server)
            tap.ok(server.alive(), "it never ended")
        tap.ok(not any(secret in " ".join(server.errors).encode() for secret in hidden),
               "what the server printed holds no value")
        log = b"".join(path.read_bytes() for path in (store / "log").rglob("*") if path.is_file())
        tap.ok(not any(secret in log for secret in hidden), "nor does the public log")
        must(run("verify", store))


if __name__ == "__main__":
    with Tap() as results:
        main(results)
