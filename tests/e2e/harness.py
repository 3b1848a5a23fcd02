"""What the end-to-end tests share: a store in a folder of its own, a server on a free port, TAP lines."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from pgclient import Client

SOURCE = pathlib.Path(__file__).resolve().parents[2]
WEIR = os.environ.get("WEIR_BINARY", str(SOURCE / "build/weir"))
GENERATE = os.environ.get("WEIR_GENERATE", str(SOURCE / "build/examples/city/generate"))
CITY_POLICY = SOURCE / "examples/city/city.weir"
CITY_TABLES = ["public.district", "public.sector", "city.resident", "city.employment", "city.health",
               "city.housing", "city.visit"]
PASSWORD = "only for tests"


class Tap:
    """Counts and prints test lines; `with Tap() as tap` ends with the plan and the exit status."""

    def __init__(self):
        self.count, self.failed = 0, 0

    def ok(self, condition, name, seen=""):
        self.count += 1
        self.failed += not condition
        print(f"{'ok' if condition else 'not ok'} {self.count} - {name}", flush=True)
        if not condition and str(seen):
            for line in str(seen).splitlines()[:40]:
                print(f"# {line}", flush=True)
        return condition

    def equal(self, seen, expected, name):
        return self.ok(seen == expected, name, f"expected {expected!r}\nseen     {seen!r}")

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        if kind is None:
            print(f"1..{self.count}")
            sys.exit(1 if self.failed or not self.count else 0)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def shared_data(name):
    """A file of the data folder beside the checkout, or None."""
    folder = pathlib.Path(os.environ.get("WEIR_SHARED_DATA", SOURCE.parent / "shared/data"))
    return folder / name if (folder / name).is_file() else None


def run(*words, **options):
    """One run of build/weir."""
    environment = dict(os.environ, WEIR_PASSWORD=PASSWORD)
    return subprocess.run([WEIR, *map(str, words)], capture_output=True, text=True, timeout=300,
                          env=environment, **options)


def must(done):
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(done.args)}\n{done.stdout}{done.stderr}")
    return done


class Folder:
    """A temporary folder, gone at the end of the with statement."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="weir-e2e-"))
        return self.path

    def __exit__(self, *ignored):
        shutil.rmtree(self.path, ignore_errors=True)


def make_records(folder, residents=3000, seed=7):
    subprocess.run([GENERATE, "--residents", str(residents), "--seed", str(seed), "--out", folder],
                   check=True)
    return pathlib.Path(folder)


def city_policy(folder, edits=()):
    """The city's policy with some texts replaced, in a file. Each text must occur."""
    text = CITY_POLICY.read_text(encoding="utf-8")
    for old, new in edits:
        if old not in text:
            raise RuntimeError(f"the city's policy has no {old!r}")
        text = text.replace(old, new)
    path = pathlib.Path(folder) / "policy.weir"
    path.write_text(text, encoding="utf-8")
    return path


def make_city(folder, residents=3000, seed=7, edits=(), tables=None):
    """A loaded store of a small city. Returns (store, records)."""
    folder = pathlib.Path(folder)
    records = make_records(folder / "records", residents, seed)
    store = folder / "store"
    must(run("init", store, "--policy", city_policy(folder, edits)))
    for table in tables or CITY_TABLES:
        must(run("load", store, table, records / f"{table}.csv"))
    must(run("user", "add", store, "ada", "--role", "statistician"))
    must(run("user", "add", store, "ben", "--role", "health_planner"))
    return store, records


class Server:
    """weir serve on a free port. Leaving the with statement stops it, and minds how it ended."""

    def __init__(self, store, *options):
        self.store, self.options, self.errors = store, options, []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *ignored):
        status = self.stop()
        if kind is None and status != 0:
            raise RuntimeError(f"weir serve ended with {status}:\n{''.join(self.errors)}")

    def start(self):
        self.process = subprocess.Popen([WEIR, "serve", self.store, "--port", "0", *self.options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read_errors, args=(self.process.stderr,))
        self.reader.start()
        ready = re.fullmatch(r"weir: ready on 127\.0\.0\.1:(\d+)\n", self.process.stdout.readline())
        if not ready:
            self.stop()
            raise RuntimeError(f"weir serve is not ready:\n{''.join(self.errors)}")
        self.port = int(ready[1])

    def _read_errors(self, stream):
        self.errors.extend(stream)

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """kill -9: no moment to tidy up."""
        self.process.kill()
        return self._reap()

    def stop(self):
        self.process.terminate()
        return self._reap()

    def _reap(self):
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def client(self, user="ada", purpose="housing_statistics", password=PASSWORD, timeout=60):
        return Client(self.port, user, password, purpose, timeout)

    def psql(self, sql, user="ada", purpose="housing_statistics", password=PASSWORD):
        """The real psql: unaligned rows on stdout, notices and errors on stderr."""
        address = f"host=127.0.0.1 port={self.port} user={user} dbname={purpose}"
        environment = dict(os.environ, PGPASSWORD=password, PGCONNECT_TIMEOUT="20")
        return subprocess.run(["psql", "-X", "-A", "-t", "-v", "VERBOSITY=verbose", address, "-c", sql],
                              capture_output=True, text=True, timeout=120, env=environment)


def spent(store):
    """What `weir status` says of each budget: {account: (spent, limit, questions)}."""
    budgets = {}
    for line in must(run("status", store)).stdout.splitlines()[1:]:
        if not line.strip():
            break
        fields = re.fullmatch(r"(.+?) +([0-9.]+) +([0-9.e+]+) +([0-9.]+) +(\d+)  .*", line)
        if not fields:
            raise RuntimeError(f"weir status printed a line of another form: {line!r}")
        budgets[fields[1]] = (float(fields[2]), float(fields[3]), int(fields[5]))
    return budgets
