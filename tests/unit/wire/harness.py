"""Runs the fake server for tests that speak to it, and prints TAP."""
import contextlib
import signal
import struct
import subprocess
import sys
import traceback

from protocol import Client, fields_of

BINARY = sys.argv[1]
TESTS = []


def test(function):
    """Marks a test: it gets the port of a running server, and returns why it was skipped, or None."""
    TESTS.append(function)
    return function


@contextlib.contextmanager
def server(**options):
    """A running server; it must end cleanly, with nothing said on stderr, when told to."""
    process = subprocess.Popen([BINARY] + ["%s=%s" % item for item in options.items()],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            _, said = process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError("the server did not stop")
        assert process.returncode == 0 and said == "", (process.returncode, said)


@contextlib.contextmanager
def client(port, **parameters):
    made = Client(port)
    try:
        yield made.login(**parameters)
    finally:
        made.close()


def fatal(made):
    """The FATAL error that ends a connection."""
    error = fields_of(made.expect("E"))
    assert error["S"] == error["V"] == "FATAL", error
    assert made.is_closed()
    return error


def one_shot(port, data):
    made = Client(port)
    made.send(data)
    return made


def cancel(port, number, secret):
    """Asks to cancel with this key; the server says nothing and closes."""
    made = one_shot(port, struct.pack("!iii4s", 16, 80877102, number, secret))
    assert made.is_closed()


def main():
    print("1..%d" % len(TESTS))
    failed = False
    with server() as port:
        for number, function in enumerate(TESTS, 1):
            name = function.__name__.replace("_", " ")
            try:
                skipped = function(port)
                print("ok %d - %s%s" % (number, name, " # SKIP " + skipped if skipped else ""), flush=True)
            except Exception:
                failed = True
                print("not ok %d - %s" % (number, name), flush=True)
                print("".join("# %s\n" % line for line in traceback.format_exc().splitlines()), flush=True)
    return 1 if failed else 0
