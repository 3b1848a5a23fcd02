#!/usr/bin/env python3
"""Limits, time-outs, cancelling and stopping. Usage: test_limits.py FAKE_SERVER. Prints TAP."""
import struct
import sys
import threading
import time
import traceback

from harness import cancel, client, fatal, server, test, main
from protocol import (SYNC, Client, ServerError, bind, errors_of, execute, fields_of, kinds_of,
                      message, parse, rows_of)


@test
def long_messages_are_refused_and_skipped(port):
    with client(port) as made:
        assert errors_of(made.query("SELECT " + "x" * 66000)) == ["54000"]
        assert errors_of(made.query("SELECT " + "x" * 5000000)) == ["54000"]
        made.send(parse("", "SELECT " + "x" * 100000), bind("", ""), execute(""), SYNC)
        assert kinds_of(made.until_ready()) == "EZ"
        made.send(parse("", "SELECT echo $1", [25]), bind("", "", [b"y" * 1000000]), execute(""), SYNC)
        assert rows_of(made.until_ready()) == [[b"y" * 1000000]]
        made.send(bind("", "", [b"y" * 2000000]), execute(""), SYNC)
        assert errors_of(made.until_ready()) == ["54000"]
        assert rows_of(made.query("SELECT count")) == [[b"42"]]


@test
def impossible_lengths_and_types_end_the_session(port):
    for data in [b"Q" + struct.pack("!i", 1 << 30), b"Q" + struct.pack("!i", -5), b"Q" + struct.pack("!i", 3),
                 b"?" + struct.pack("!i", 4), b"p" + struct.pack("!i", 4)]:
        with client(port) as made:
            made.send(data)
            assert fatal(made)["C"] == "08P01", data


@test
def answers_of_many_rows_are_streamed(port):
    with client(port) as made:
        rows = rows_of(made.query("SELECT rows 200000"))
        assert len(rows) == 200000 and rows[-1] == [b"199999"]


@test
def sessions_are_capped(port):
    with server(sessions=2) as other:
        first, second = Client(other).login(), Client(other).login()
        made = Client(other)
        made.startup(user="ana", database="income")
        made.scram("correct horse")
        assert fatal(made)["C"] == "53300"
        first.close()
        for _ in range(100):
            try:
                Client(other).login().close()
                break
            except ServerError as error:
                assert error.code == "53300"
                time.sleep(0.05)
        else:
            raise AssertionError("no place was given back")
        second.close()


@test
def connections_that_say_nothing_do_not_keep_sessions_out(port):
    with server(sessions=1, startup=2) as other:
        first = Client(other).login()
        silent = [Client(other) for _ in range(80)]
        assert rows_of(first.query("SELECT count")) == [[b"42"]]
        first.close()
        for made in silent:
            made.close()
        time.sleep(0.3)
        Client(other).login().close()


@test
def idle_sessions_are_ended(port):
    with server(idle=1) as other:
        with client(other) as made:
            assert fatal(made)["C"] == "57P05"


@test
def half_a_message_can_be_followed_by_a_goodbye(port):
    for cut in [1, 3, 5, 8]:
        made = Client(port).login()
        made.send(message("Q", "SELECT count")[:cut])
        made.close()
    with client(port) as made:
        made.send(message("Q", "SELECT rows 200000"))  # and never reads it
    with client(port) as made:
        data = message("Q", "SELECT count")
        for i in range(len(data)):
            made.send(data[i:i + 1])
        assert rows_of(made.until_ready()) == [[b"42"]]


# Cancelling

@test
def a_statement_is_cancelled_with_its_key_alone(port):
    with client(port) as made:
        made.send(message("Q", "SELECT sleep"))
        time.sleep(0.2)
        number, secret = made.key
        wrong = bytes([secret[0] ^ 1]) + secret[1:]
        for key in [(number, wrong), (number ^ 1, secret)]:
            cancel(port, *key)
        made.socket.settimeout(0.3)
        try:
            made.receive()
            raise AssertionError("cancelled with the wrong key")
        except TimeoutError:
            pass
        made.socket.settimeout(20)
        cancel(port, number, secret)
        assert errors_of(made.until_ready()) == ["57014"]
        cancel(port, number, secret)
        assert rows_of(made.query("SELECT count")) == [[b"42"]], "an early cancel does not reach the next"


@test
def statements_have_their_time(port):
    with server(statement=1) as other:
        with client(other) as made:
            error = made.query("SELECT sleep")[0][1].fields
            assert error["C"] == "57014" and "timeout" in error["M"], error
            started = time.monotonic()
            made.query("SET statement_timeout = 100ms")
            made.send(parse("", "SELECT sleep"), bind("", ""), execute(""), SYNC)
            assert errors_of(made.until_ready()) == ["57014"]
            assert time.monotonic() - started < 0.9
            made.query("SET statement_timeout = 1h")
            assert errors_of(made.query("SELECT sleep")) == ["57014"], "the server's own limit holds"


@test
def a_stop_ends_everything_at_once(port):
    with server() as other:
        idle, busy, opening = Client(other).login(), Client(other).login(), Client(other)
        made = Client(other).login()
        busy.send(message("Q", "SELECT sleep"))
        made.send(message("Q", "SELECT rows 200000"))  # does not read its answer
        time.sleep(0.3)
        started = time.monotonic()
    assert time.monotonic() - started < 6
    assert fields_of(idle.expect("E"))["C"] == "57P01"
    assert fields_of(busy.expect("E"))["C"] == "57014"
    assert fields_of(opening.expect("E"))["C"] == "57P01"
    for each in [idle, busy, opening, made]:
        each.close()


@test
def many_sessions_at_once(port):
    failures = []

    def work(number):
        try:
            for _ in range(3):
                with client(port) as made:
                    for i in range(10):
                        made.query("SET application_name = n%d" % number)
                        assert rows_of(made.query("SHOW application_name")) == [[b"n%d" % number]]
                        made.send(parse("", "SELECT echo $1"), bind("", "", [b"%d" % i]), execute(""), SYNC)
                        assert rows_of(made.until_ready()) == [[b"%d" % i]]
        except BaseException:
            failures.append(traceback.format_exc())

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


if __name__ == "__main__":
    sys.exit(main())
