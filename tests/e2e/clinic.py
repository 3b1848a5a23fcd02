"""A clinic with people over several tables: person, card (one row a person), visit and trip (many), bill (through visit)."""
import csv
import random

from harness import must, run

POLICY = """
POLICY "clinic" VERSION 1 CONTROLLER "the clinic" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;
DATASET clinic UNIT person BUDGET EPSILON 8000 DELTA 1e-6 PER YEAR;
PUBLIC TABLE public.district (code TEXT KEY, label TEXT, area INT);
TABLE clinic.person (person_id BIGINT UNIT KEY, name TEXT IDENTIFYING, born INT NOT NULL RANGE 1900 .. 2030,
  sex TEXT NOT NULL VALUES ('F', 'M'), district TEXT NOT NULL VALUES FROM public.district(code), town TEXT)
  RETAIN 10 YEARS FROM LOAD;
TABLE clinic.card (person_id INT UNIT KEY, colour TEXT NOT NULL VALUES ('blue', 'red')) RETAIN 10 YEARS FROM LOAD;
TABLE clinic.visit (visit_no BIGINT KEY, person_id BIGINT UNIT VIA clinic.person(person_id),
  ward TEXT NOT NULL VALUES ('east', 'west'), days INT NOT NULL RANGE 0 .. 30, day DATE NOT NULL, town TEXT)
  RETAIN 10 YEARS FROM LOAD;
TABLE clinic.bill (visit_no BIGINT UNIT VIA clinic.visit(visit_no), amount NUMERIC(9, 2) RANGE 0 .. 500)
  RETAIN 10 YEARS FROM LOAD;
TABLE clinic.trip (person_id BIGINT UNIT VIA clinic.person(person_id), town TEXT, days INT NOT NULL RANGE 0 .. 30)
  RETAIN 10 YEARS FROM LOAD BOUND 4 ROWS;
ROLE analyst;
PURPOSE reports IS dpv:ProvideOfficialStatistics LEGAL BASIS "GDPR 6(1)(e)" BECAUSE "Tests" UNTIL 2036-01-01;
PERMIT AGGREGATE ON clinic.person (born, sex, district, town), clinic.card (colour),
    clinic.visit (ward, days, day, town), clinic.bill (amount), clinic.trip (town, days)
  FOR reports TO ROLE analyst BUDGET EPSILON 4000 DELTA 1e-8 PER YEAR QUERY EPSILON 1 MINIMUM 10 PEOPLE;
"""
TABLES = ["public.district", "clinic.person", "clinic.card", "clinic.visit", "clinic.bill", "clinic.trip"]
TOWNS = ["Alm", "Bern", "Chur", "Dorf", "Egg"]


def make_records(people=3000, seed=5):
    """{table: list of rows as dicts}, parents first. Visits a person: most few, some many."""
    dice = random.Random(seed)
    records = {table: [] for table in TABLES}
    for number, code in enumerate("ABCDE"):
        records["public.district"].append({"code": code, "label": f"District {code}", "area": 10 * number + 1})
    for person in range(1, people + 1):
        records["clinic.person"].append({
            "person_id": person, "name": f"Name{person}", "born": dice.randint(1930, 2010), "sex": dice.choice("FM"),
            "district": dice.choice("ABCDE"), "town": dice.choice(TOWNS)})
        if dice.random() < 0.4:
            records["clinic.card"].append({"person_id": person, "colour": dice.choice(["blue", "red"])})
        for _ in range(min(60, int(dice.paretovariate(1.2)) - (dice.random() < 0.3))):
            add_visit(records, dice, person)
        for _ in range(dice.randint(0, 4)):
            records["clinic.trip"].append({"person_id": person, "town": dice.choice(TOWNS), "days": dice.randint(1, 30)})
    return records


def add_visit(records, dice, person):
    number = len(records["clinic.visit"]) + 1
    records["clinic.visit"].append({
        "visit_no": number, "person_id": person, "ward": dice.choice(["east", "west"]), "days": dice.randint(1, 30),
        "day": f"2026-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}", "town": dice.choice(TOWNS)})
    for _ in range(dice.randint(0, 2)):
        records["clinic.bill"].append({"visit_no": number, "amount": f"{dice.randint(0, 50000) / 100:.2f}"})


def write(folder, table, rows):
    path = folder / f"{table}.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def make_store(folder, records, edits=()):
    """A loaded store and what `weir load` said of each table."""
    text = POLICY
    for old, new in edits:
        if old not in text:
            raise RuntimeError(f"the clinic's policy has no {old!r}")
        text = text.replace(old, new)
    folder.mkdir(exist_ok=True)
    policy = folder / "clinic.weir"
    policy.write_text(text, encoding="utf-8")
    store = folder / "store"
    must(run("init", store, "--policy", policy))
    said = {}
    for table in TABLES:
        if records[table]:
            done = must(run("load", store, table, write(folder, table, records[table])))
            said[table] = done.stdout + done.stderr
    must(run("user", "add", store, "ada", "--role", "analyst"))
    return store, said
