"""Makes the records that are measured, once, under build/bench/data: TPC-H by tpchgen-cli, the others by numpy."""
import pathlib
import shutil
import subprocess
import sys

import duckdb
import numpy

SOURCE = pathlib.Path(__file__).resolve().parent.parent
PLACE = SOURCE / "build/bench"


def made_once(folder, make):
    """The folder, made by make(unfinished folder) when it is not there; an interrupted making is begun again."""
    if not folder.is_dir():
        unfinished = folder.with_name(folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        print(f"making {folder.relative_to(SOURCE)}", flush=True)
        make(unfinished)
        unfinished.rename(folder)
    return folder


def tpch(scale):
    """All tables of TPC-H, one Parquet file each."""
    def make(folder):
        subprocess.run([pathlib.Path(sys.executable).with_name("tpchgen-cli"), "parquet", "--scale-factor",
                        str(scale), "--output-dir", folder], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    return made_once(PLACE / f"data/tpch-sf{scale}", make)


def write(folder, table, columns):
    """A Parquet file of numpy columns."""
    arrays = {f"a{i}": array for i, array in enumerate(columns.values())}
    chosen = ", ".join(f"column{i} AS {name}" for i, name in enumerate(columns))
    frame = {f"column{i}": array for i, array in enumerate(arrays.values())}
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute(f"COPY (SELECT {chosen} FROM frame) TO '{folder / table}.parquet'")


def zipf(alpha, people=20_000, most=1_000):
    """Visits whose number a person follows a Zipf law with exponent alpha, cut at `most`."""
    def make(folder):
        random = numpy.random.default_rng(1)
        weights = numpy.arange(1, most + 1, dtype=float) ** -alpha
        visits = random.choice(numpy.arange(1, most + 1), size=people, p=weights / weights.sum())
        person = numpy.repeat(numpy.arange(1, people + 1), visits)
        write(folder, "person", {"person_id": numpy.arange(1, people + 1)})
        write(folder, "visit", {"person_id": person,
                                "place": random.integers(1, 11, person.size, dtype=numpy.int32),
                                "cost": random.integers(0, 101, person.size, dtype=numpy.int32)})
    return made_once(PLACE / f"data/zipf-{alpha}", make)


def peers(census):
    """The census sample, and ten million rows of a million people in fifty groups."""
    def make(folder):
        random = numpy.random.default_rng(1)
        write(folder, "person", {"person_id": numpy.arange(1_000_000)})
        write(folder, "grp", {"id": numpy.arange(50, dtype=numpy.int32)})
        write(folder, "visit", {"person_id": random.integers(0, 1_000_000, 10_000_000),
                                "grp": random.integers(0, 50, 10_000_000, dtype=numpy.int32),
                                "amount": random.integers(0, 101, 10_000_000, dtype=numpy.int32)})
        if census is not None:
            duckdb.execute(f"COPY (FROM '{census}') TO '{folder}/adult.parquet' (FORMAT parquet)")
    return made_once(PLACE / ("data/peers" if census else "data/peers-without-census"), make)
