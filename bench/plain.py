"""The unprotected side: the same DuckDB version with the same settings (src/exec/duckdb_engine.c) on the very files that
the Weir store keeps, without Weir."""
import ctypes
import os
import re
import time

import duckdb

from data import PLACE, SOURCE


def check_version():
    """The library that Weir links and the Python package must be one version."""
    local = SOURCE / "third_party/duckdb/libduckdb.so"
    library = ctypes.CDLL(str(local) if local.exists() else "libduckdb.so")
    library.duckdb_library_version.restype = ctypes.c_char_p
    linked = library.duckdb_library_version().decode().lstrip("v")
    if linked != duckdb.__version__:
        raise RuntimeError(f"Weir runs DuckDB {linked}, the unprotected side {duckdb.__version__}: "
                           "change bench/requirements.txt with bench/pin")
    return linked


def settings():
    pages = os.sysconf("SC_PHYS_PAGES") // 1024 * os.sysconf("SC_PAGE_SIZE") // 1024
    spill = PLACE / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    return {"threads": str(os.cpu_count()), "memory_limit": f"{pages // 5 * 3 + 64}MiB",
            "temp_directory": str(spill), "preserve_insertion_order": "false"}


class Plain:
    """Tables under their own names: with Plain(store) as plain: plain.timed(sql)."""

    def __init__(self, store):
        self.connection = duckdb.connect(config=settings())
        files = [(re.fullmatch(r"(\w+)\.(\w+)\.(\d+)\.duckdb", path.name), path)
                 for path in (store / "data").glob("*.duckdb")]
        files = [(int(found[3]), found[1], found[2], path) for found, path in files if found]
        for version, schema, name, path in sorted(files):  # a newer version replaces an older
            self.connection.execute(f"ATTACH '{path}' AS file{version} (READ_ONLY)")
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            self.connection.execute(f"CREATE OR REPLACE VIEW {schema}.{name} AS FROM file{version}.main.rows")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.connection.close()

    def ask(self, sql):
        return self.connection.execute(sql).fetchall()

    def column(self, sql):
        """The first column as a numpy array."""
        return next(iter(self.connection.execute(sql).fetchnumpy().values()))

    def timed(self, sql):
        start = time.perf_counter()
        rows = self.ask(sql)
        return time.perf_counter() - start, rows
