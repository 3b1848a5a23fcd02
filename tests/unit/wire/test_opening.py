#!/usr/bin/env python3
"""How connections begin: passwords, purposes, settings, TLS, garbage. Usage: test_opening.py FAKE_SERVER. Prints TAP."""
import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from harness import BINARY, cancel, client, fatal, one_shot, server, test, main
from protocol import (SYNC, Client, Closed, ServerError, bind, errors_of, execute, fields_of, message,
                      parse, rows_of)


@test
def greets_after_the_password(port):
    with client(port, application_name="t\u00fcst", options="-c statement_timeout=5s -c weir.epsilon=0.2") as made:
        said = made.parameters
        assert said["server_version"].startswith("15.0 (Weir "), said
        assert said["client_encoding"] == said["server_encoding"] == "UTF8"
        assert said["DateStyle"] == "ISO, MDY" and said["TimeZone"] == "UTC"
        assert said["integer_datetimes"] == said["standard_conforming_strings"] == "on"
        assert said["is_superuser"] == said["in_hot_standby"] == "off"
        assert said["default_transaction_read_only"] == "on" and said["session_authorization"] == "ana"
        assert said["application_name"] == "t??st"
        assert made.key[0] > 0
        assert rows_of(made.query("SHOW statement_timeout")) == [[b"5s"]]
        assert rows_of(made.query("SHOW weir.epsilon")) == [[b"0.2"]]


@test
def wrong_password_and_unknown_user_look_alike(port):
    seen = []
    for user in ["ana", "nobody", "x" * 200]:
        salts = []
        for _ in range(2):
            made = Client(port)
            made.startup(user=user, database="income")
            try:
                made.scram("wrong")
                raise AssertionError("let in")
            except ServerError as error:
                fields = error.fields
            assert made.is_closed()
            made = Client(port)
            made.startup(user=user, database="income")
            made.expect("R")
            made.send(message("p", "SCRAM-SHA-256", struct.pack("!i", 12) + b"n,,n=,r=abcd"))
            salts.append(made.expect("R")[4:].decode().split(",", 1)[1])
            made.close()
        assert salts[0] == salts[1], "the salt of a user does not change"
        seen.append((fields["C"], sorted(fields), salts[0].split(",i=")[1], len(salts[0])))
    assert seen[0] == seen[1] == seen[2], seen
    assert seen[0][0] == "28P01"


@test
def salts_of_unknown_users_outlive_a_restart(port):
    salts = set()
    for _ in range(2):
        with server() as other:
            made = Client(other)
            made.startup(user="nobody")
            made.expect("R")
            made.send(message("p", "SCRAM-SHA-256", struct.pack("!i", 12) + b"n,,n=,r=abcd"))
            salts.add(made.expect("R")[4:].decode().split(",", 1)[1])
            made.close()
    assert len(salts) == 1


@test
def purposes_are_unknown_before_authentication(port):
    made = Client(port)
    made.startup(user="ana", database="no_such_purpose")
    made.scram("correct horse")
    assert fatal(made)["C"] == "3D000"
    made = Client(port)
    made.startup(user="ana", database="no_such_purpose")
    try:
        made.scram("wrong")
        raise AssertionError("let in")
    except ServerError as error:
        assert error.code == "28P01"


@test
def damaged_proofs_and_methods_are_refused(port):
    made = Client(port)
    made.startup(user="ana", database="income")
    try:
        made.scram("correct horse", proof_damage=1)
        raise AssertionError("let in")
    except ServerError as error:
        assert error.code == "28P01"
    for first, code in [
            (message("p", "PLAIN", struct.pack("!i", 3) + b"n,,"), "28000"),
            (message("p", "SCRAM-SHA-256-PLUS", struct.pack("!i", 3) + b"p=x"), "28000"),
            (message("p", "SCRAM-SHA-256", struct.pack("!i", 30) + b"n,,n=,r=abc"), "08P01"),
            (message("p", "SCRAM-SHA-256", struct.pack("!i", -1)), "08P01"),
            (message("p", "SCRAM-SHA-256", struct.pack("!i", 11) + b"p=x,,n=,r=a"), "28000"),
            (message("p", "SCRAM-SHA-256", struct.pack("!i", 11) + b"n,,m=,n=,r="), "08P01"),
            (message("p", b"correct horse\0"), "08P01"),
            (message("Q", "SELECT count"), "08P01"),
            (message("p", b"x" * 5000), "54000")]:
        made = Client(port)
        made.startup(user="ana", database="income")
        made.expect("R")
        made.send(first)
        assert fatal(made)["C"] == code, first


@test
def settings_of_the_connection_must_be_known(port):
    for parameters, code in [({"no_such": "1"}, "42704"), ({"client_encoding": "LATIN1"}, "22023"),
                             ({"options": "-c"}, "42601"), ({"options": "-x"}, "42601"),
                             ({"server_version": "9"}, "55P02"), ({"replication": "true"}, "0A000")]:
        made = Client(port)
        try:
            made.login(**parameters)
            raise AssertionError(parameters)
        except ServerError as error:
            assert error.fields["S"] == "FATAL" and error.code == code, (parameters, error)


@test
def newer_protocols_are_negotiated_down(port):
    made = Client(port)
    made.startup(version=(3 << 16) + 2, user="ana", database="income", **{"_pq_.x": "1"})
    assert made.expect("v") == struct.pack("!ii", 3 << 16, 1) + b"_pq_.x\0"
    made.scram("correct horse")
    made.until_ready()
    made.close()
    made = Client(port)
    made.startup(version=2 << 16, user="ana")
    assert fatal(made)["C"] == "0A000"


@test
def impossible_options_are_refused(port):
    for option in ["port=70000", "sessions=20000", "port=%d" % port]:
        run = subprocess.run([BINARY, option], capture_output=True, text=True, timeout=10)
        assert run.returncode == 1 and run.stderr, option


@test
def requests_for_encryption_are_declined_without_a_certificate(port):
    made = Client(port)
    assert made.start_tls() == b"N"
    made.send(struct.pack("!ii", 8, 80877104))
    assert made.read_exactly(1) == b"N"
    made.login()
    made.close()


@test
def garbage_ends_the_connection_alone(port):
    for data in [b"GET / HTTP/1.1\r\n\r\n", os.urandom(500), struct.pack("!ii", 7, 196608),
                 struct.pack("!ii", 1 << 30, 196608), struct.pack("!ii", -1, 196608),
                 struct.pack("!ii", 8, 196608), struct.pack("!iii", 12, 80877102, 1),
                 struct.pack("!ii", 16, 196608) + b"user\0\xff\0\0", b"\x16\x03\x01\x02\x00\x01"]:
        made = one_shot(port, data)
        with contextlib.suppress(OSError):
            made.socket.shutdown(socket.SHUT_WR)
        with contextlib.suppress(Closed, ConnectionError):
            assert fields_of(made.expect("E"))["S"] == "FATAL"
        assert made.is_closed()
    with client(port) as made:
        assert rows_of(made.query("SELECT count")) == [[b"42"]]


@test
def an_hour_is_not_waited_for_a_startup(port):
    with server(startup=1) as other:
        silent, half, chosen = Client(other), one_shot(other, b"\0\0"), Client(other)
        chosen.startup(user="ana", database="income")
        chosen.expect("R")
        started = time.monotonic()
        for made in [silent, half, chosen]:
            assert fatal(made)["C"] == "08006"
        assert time.monotonic() - started < 5


@contextlib.contextmanager
def certificate():
    folder = tempfile.mkdtemp()
    try:
        pair = {"certificate": folder + "/c.pem", "key": folder + "/k.pem"}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", pair["key"],
                        "-out", pair["certificate"]], check=True, capture_output=True)
        os.chmod(pair["key"], 0o600)
        yield pair
    finally:
        shutil.rmtree(folder)


@test
def tls_is_spoken_and_then_required(port):
    with certificate() as pair, server(**pair) as other:
        made = Client(other)
        assert made.start_tls() == b"S"
        assert made.socket.version() in ("TLSv1.2", "TLSv1.3")
        made.login()
        assert len(rows_of(made.query("SELECT rows 50000"))) == 50000
        made.send(parse("", "SELECT echo $1", [25]), bind("", "", [b"y" * 900000]), execute(""), SYNC)
        assert rows_of(made.until_ready()) == [[b"y" * 900000]]
        key = made.key
        made.send(message("Q", "SELECT sleep"))
        time.sleep(0.2)
        cancel(other, *key)
        assert errors_of(made.until_ready()) == ["57014"]
        made.close()
        made = Client(other)
        made.startup(user="ana", database="income")
        assert fatal(made)["C"] == "28000"


@test
def plain_bytes_before_tls_are_an_attack(port):
    with certificate() as pair, server(**pair) as other:
        made = one_shot(other, struct.pack("!ii", 8, 80877103) + message("Q", "SELECT count"))
        assert made.read_exactly(1) == b"S"
        with contextlib.suppress(Closed):
            assert fields_of(made.expect("E"))["C"] == "08P01"
        made = one_shot(other, struct.pack("!ii", 8, 80877103))
        assert made.read_exactly(1) == b"S"
        made.send(os.urandom(300))
        with contextlib.suppress(Closed, ConnectionError):
            while True:
                made.read_exactly(1)
        made = one_shot(other, struct.pack("!ii", 8, 80877103))  # and then nothing: the stop must end it
        assert made.read_exactly(1) == b"S"


@test
def keys_that_do_not_fit_are_refused(port):
    with certificate() as pair, certificate() as strange:
        for options in [pair | {"key": strange["key"]}, pair | {"key": "/nowhere"}, {"key": pair["key"]},
                        pair | {"certificate": pair["key"]}]:
            run = subprocess.run([BINARY] + ["%s=%s" % item for item in options.items()],
                                 capture_output=True, text=True, timeout=10)
            assert run.returncode == 1 and run.stderr, options
        os.chmod(pair["key"], 0o644)
        run = subprocess.run([BINARY] + ["%s=%s" % item for item in pair.items()],
                             capture_output=True, text=True, timeout=10)
        assert run.returncode == 1 and "open to every user" in run.stderr


if __name__ == "__main__":
    sys.exit(main())
