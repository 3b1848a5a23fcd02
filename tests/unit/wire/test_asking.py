#!/usr/bin/env python3
"""Questions over both protocols, and what psql makes of them. Usage: test_asking.py FAKE_SERVER. Prints TAP."""
import os
import shutil
import struct
import subprocess
import sys

from harness import client, test, main
from protocol import (SYNC, bind, close, columns_of, describe, errors_of, execute, kinds_of, message, parse,
                      rows_of, state_of, tags_of)


@test
def a_simple_query_gives_rows_notices_and_a_tag(port):
    with client(port) as made:
        seen = made.query("SELECT count")
        assert kinds_of(seen) == "TDNCZ"
        assert columns_of(seen) == [("count", 20, 0)] and rows_of(seen) == [[b"42"]]
        assert tags_of(seen) == ["SELECT 1"] and state_of(seen) == "I"
        assert made.notices[0] == {"S": "NOTICE", "V": "NOTICE", "C": "00000", "D": "It cost epsilon 0.1.",
                                   "M": "count: within 5 in 95% of cases"}
        made.query("SET client_min_messages = error")
        assert kinds_of(made.query("SELECT count")) == "TDCZ"
        assert tags_of(made.query("EXPLAIN SELECT count")) == ["EXPLAIN"]
        assert kinds_of(made.query(" ; ;")) == "IZ"


@test
def every_type_has_its_text_and_binary_form(port):
    with client(port) as made:
        seen = made.query("SELECT types")
        assert [oid for _, oid, _ in columns_of(seen)] == [16, 23, 20, 1700, 701, 25, 1082, 1114, 17, 25]
        assert rows_of(seen) == [[b"t", b"-7", b"9007199254740993", b"12.50", b"0.1", "grüß".encode(),
                                  b"2026-11-24", b"2026-11-24 12:34:56.5", b"\\x00ff", None]]
        made.send(parse("", "SELECT types"), bind("", "", result_formats=[1]), describe("P", ""),
                  execute(""), SYNC)
        seen = made.until_ready()
        assert kinds_of(seen) == "12TDCZ" and {form for _, _, form in columns_of(seen)} == {1}
        assert rows_of(seen) == [[b"\1", struct.pack("!i", -7), struct.pack("!q", 9007199254740993),
                                  struct.pack("!hhhhhh", 2, 0, 0, 2, 12, 5000), struct.pack("!d", 0.1),
                                  "grüß".encode(), struct.pack("!i", 9824),
                                  struct.pack("!q", 848838896500000), b"\0\xff", None]]
        made.send(bind("", "", result_formats=[0, 1]), execute(""), SYNC)
        assert errors_of(made.until_ready()) == ["08P01"], "two formats for ten columns"


@test
def refusals_carry_all_they_say(port):
    with client(port) as made:
        seen = made.query("SELECT refuse")
        assert kinds_of(seen) == "EZ"
        assert seen[0][1].fields == {
            "S": "ERROR", "V": "ERROR", "C": "42501", "M": "rows of people are not given out",
            "D": "Each row belongs to one person.", "H": "Ask for an aggregate.", "P": "8"}
        assert errors_of(made.query("SELECT exhaust")) == ["53200"]
        assert made.query("!!")[0][1].fields["P"] == "3"
        for text in ["COPY t TO STDOUT", "CREATE TABLE t (x int)", "DO 1"]:
            error = made.query(text)[0][1].fields
            assert error["C"] == "42501" and "not allowed" in error["M"] and error["H"]
        assert errors_of(made.query("EXPLAIN SELECT version()")) == ["0A000"]
        assert errors_of(made.query("SELECT echo $1")) == ["42P02"]


@test
def statements_of_one_query_stop_at_an_error(port):
    with client(port) as made:
        seen = made.query("SELECT count; SELECT refuse; SELECT count")
        assert kinds_of(seen) == "TDNCEZ"
        seen = made.query("SET application_name = x; SELECT rows 3; SHOW application_name")
        assert tags_of(seen) == ["SET", "SELECT 3", "SHOW"] and made.parameters["application_name"] == "x"


@test
def transactions_fail_and_end_as_in_postgresql(port):
    with client(port) as made:
        assert state_of(made.query("BEGIN")) == "T"
        assert made.query("BEGIN")[0][1]["C"] == "25001"
        assert state_of(made.query("SELECT refuse")) == "E"
        seen = made.query("SELECT count")
        assert errors_of(seen) == ["25P02"] and state_of(seen) == "E"
        seen = made.query("COMMIT")
        assert tags_of(seen) == ["ROLLBACK"] and state_of(seen) == "I"
        assert made.query("COMMIT")[0][1]["C"] == "25P01"
        seen = made.query("BEGIN; SELECT count; COMMIT")
        assert tags_of(seen) == ["BEGIN", "SELECT 1", "COMMIT"] and state_of(seen) == "I"


@test
def settings_are_checked_told_and_reset(port):
    with client(port, TimeZone="Europe/Berlin") as made:
        assert made.parameters["TimeZone"] == "Europe/Berlin"
        made.query("SET TimeZone = UTC")
        assert made.parameters["TimeZone"] == "UTC"
        made.query("RESET TimeZone")
        assert made.parameters["TimeZone"] == "Europe/Berlin"
        for text, code in [("SET no_such = 1", "42704"), ("SHOW no_such", "42704"),
                           ("SET client_encoding = LATIN1", "22023"), ("SET DateStyle = German", "22023"),
                           ("SET extra_float_digits = 0", "22023"), ("SET server_version = 1", "55P02"),
                           ("SET weir.noise = off", "42704"), ("SET LOCAL application_name = 1", "0A000"),
                           ("SET standard_conforming_strings = off", "22023"),
                           ("SET default_transaction_read_only = off", "22023"),
                           ("SET statement_timeout = -1", "22023")]:
            assert errors_of(made.query(text)) == [code], text
        made.query("SET weir.epsilon = 0.5")
        assert rows_of(made.query("SHOW weir.epsilon")) == [[b"0.5"]]
        assert len(rows_of(made.query("SHOW all"))) > 20
        assert tags_of(made.query("DISCARD ALL")) == ["DISCARD ALL"]
        assert rows_of(made.query("SHOW weir.epsilon")) == [[b"0.1"]]
        made.query("BEGIN")
        assert errors_of(made.query("DISCARD ALL")) == ["25001"]


@test
def catalogs_come_from_the_shadow(port):
    with client(port) as made:
        seen = made.query("SELECT datname FROM pg_catalog.pg_database")
        assert rows_of(seen) == [[b"income", b"16384", b"ana"]] and columns_of(seen)[1] == ("oid", 26, 0)
        made.send(parse("", "SELECT $1 FROM pg_catalog.x", [23]), describe("S", ""),
                  bind("", "", [struct.pack("!i", 7)], [1], [1]), execute(""), SYNC)
        seen = made.until_ready()
        assert kinds_of(seen) == "1tT2DCZ" and seen[1][1] == struct.pack("!hi", 1, 23)
        assert rows_of(seen) == [[b"income", struct.pack("!I", 16384), b"7"]]
        made.send(parse("", "SELECT acl FROM pg_catalog.x"), bind("", "", result_formats=[1]), execute(""), SYNC)
        assert errors_of(made.until_ready()) == ["0A000"]


# The extended protocol

@test
def parameters_come_in_both_formats(port):
    with client(port) as made:
        made.send(parse("p", "SELECT echo $1 $2 $3", [25, 0, 701]), describe("S", "p"), SYNC)
        seen = made.until_ready()
        assert kinds_of(seen) == "1tTZ" and seen[1][1] == struct.pack("!hiii", 3, 25, 20, 701)
        made.send(bind("", "p", [b"a", struct.pack("!q", 5), b"2.5"], [0, 1, 0]), execute(""),
                  bind("", "p", [None, b"-5", struct.pack("!d", 0.5)], [0, 0, 1]), execute(""), SYNC)
        seen = made.until_ready()
        assert rows_of(seen) == [[b"a", b"5", b"2.5"], [None, b"-5", b"0.5"]]
        for arguments, formats, code in [([b"a", b"x", b"1"], [], "22P02"), ([b"a"], [], "08P01"),
                                         ([b"a", b"1234", b"1"], [0, 1, 0], "22P03"),
                                         ([b"\xff", b"1", b"1"], [], "22P02"),
                                         ([b"a", b"1", b"1"], [0, 0], "08P01"),
                                         ([b"a", b"1", b"1"], [2], "08P01")]:
            made.send(bind("", "p", arguments, formats), execute(""), SYNC)
            seen = made.until_ready()
            assert kinds_of(seen) == "EZ" and errors_of(seen) == [code], (arguments, seen)
            assert "x" not in seen[0][1].fields["M"].split()
        made.send(parse("", "SELECT echo $1", [3802]), SYNC)
        assert errors_of(made.until_ready()) == ["0A000"]


@test
def portals_suspend_and_end(port):
    with client(port) as made:
        made.send(message("Q", "BEGIN"))
        made.until_ready()
        made.send(parse("s", "SELECT rows 5"), bind("c", "s"), execute("c", 2), SYNC)
        seen = made.until_ready()
        assert kinds_of(seen) == "12DDsZ"
        made.send(execute("c", 2), execute("c", 2), execute("c", 2), SYNC)
        seen = made.until_ready()
        assert kinds_of(seen) == "DDsDCCZ" and tags_of(seen) == ["SELECT 1", "SELECT 0"]
        made.send(close("S", "s"), bind("d", "s"), SYNC)
        assert errors_of(made.until_ready()) == ["26000"]
        made.query("ROLLBACK")
        made.send(execute("c"), SYNC)
        assert errors_of(made.until_ready()) == ["34000"]


@test
def portals_end_with_their_transaction(port):
    with client(port) as made:
        made.send(parse("", "SELECT rows 2"), bind("c", ""), execute("c", 1), SYNC)
        assert kinds_of(made.until_ready()) == "12DsZ"
        made.send(execute("c", 1), SYNC)
        assert errors_of(made.until_ready()) == ["34000"]
        made.send(parse("", "SET application_name = y"), bind("", ""), execute(""), execute(""), SYNC)
        seen = made.until_ready()
        assert tags_of(seen) == ["SET"] and errors_of(seen) == ["55000"]


@test
def after_an_error_nothing_is_done_until_sync(port):
    with client(port) as made:
        made.send(parse("", "SELECT refuse"), bind("", ""), execute(""), message("Q", "SELECT count"),
                  parse("", "SELECT count"), SYNC)
        assert kinds_of(made.until_ready()) == "EZ"
        made.send(parse("", "SELECT count"), bind("", ""), describe("P", ""), execute(""), SYNC)
        assert kinds_of(made.until_ready()) == "12TDNCZ"
        made.send(parse("", "SELECT 1; SELECT 2"), SYNC)
        assert errors_of(made.until_ready()) == ["42601"]
        made.send(parse("", ""), bind("", ""), describe("S", ""), describe("P", ""), execute(""), SYNC)
        assert kinds_of(made.until_ready()) == "12tnnIZ"


@test
def names_and_numbers_of_statements_are_bounded(port):
    with client(port) as made:
        made.send(parse("a", "SELECT count"), parse("a", "SELECT count"), SYNC)
        assert errors_of(made.until_ready()) == ["42P05"]
        made.send(parse("x" * 64, "SELECT count"), SYNC)
        assert errors_of(made.until_ready()) == ["08P01"]
        made.send(*[parse("s%d" % i, "SELECT count") for i in range(300)], SYNC)
        assert errors_of(made.until_ready()) == ["54000"]
        assert tags_of(made.query("DEALLOCATE s0")) == ["DEALLOCATE"]
        assert errors_of(made.query("DEALLOCATE s0")) == ["26000"]
        assert tags_of(made.query("DEALLOCATE all")) == ["DEALLOCATE ALL"]
        made.send(parse("", "SELECT count"), *[bind("p%d" % i, "") for i in range(40)], SYNC)
        assert errors_of(made.until_ready()) == ["54000"]
        made.send(parse("", "SELECT count"), bind("p", ""), bind("p", ""), SYNC)
        assert errors_of(made.until_ready()) == ["42P03"]


@test
def a_statement_may_drop_itself(port):
    with client(port) as made:
        for text, tag in [("DISCARD ALL", "DISCARD ALL"), ("DEALLOCATE self", "DEALLOCATE"),
                          ("DEALLOCATE all", "DEALLOCATE ALL")]:
            made.send(parse("self", text), bind("p", "self"), execute("p"), close("P", "p"), close("S", "self"), SYNC)
            assert tags_of(made.until_ready()) == [tag]
        made.send(parse("", "BEGIN"), bind("", ""), execute(""), parse("", "SELECT rows 3"), bind("c", ""),
                  execute("c", 1), parse("", "ROLLBACK"), bind("", ""), execute(""), SYNC, execute("c"), SYNC)
        assert kinds_of(made.until_ready()) == "12C12Ds12CZ"
        assert errors_of(made.until_ready()) == ["34000"]


@test
def flush_sends_what_there_is(port):
    with client(port) as made:
        made.send(parse("", "SELECT count"), message("H"))
        assert made.expect("1") == b""
        made.send(SYNC)
        assert kinds_of(made.until_ready()) == "Z"


@test
def malformed_messages_are_errors_not_ends(port):
    with client(port) as made:
        for data in [message("P", b"no end"), message("B", b"\0\0\xff\xff"), message("D", b"Q\0"),
                     message("E", b"\0"), message("C", b""), bind("", "", [b"x"], [9])]:
            made.send(data, SYNC)
            assert errors_of(made.until_ready()) == ["08P01"], data
        made.send(message("Q", b"SELECT \xff\xfe\0"))
        assert errors_of(made.until_ready()) == ["22021"]
        made.send(message("Q", b"SELECT count\0SELECT count\0"))
        assert errors_of(made.until_ready()) == ["22021"]
        made.send(message("F", b"\0\0\0\1"))
        assert errors_of(made.until_ready()) == ["0A000"]
        made.send(message("d", b"data"), message("c"))
        assert rows_of(made.query("SELECT count")) == [[b"42"]]


@test
def psql_asks(port):
    psql = shutil.which("psql")
    if psql is None:
        return "psql is not installed"
    environment = {"PATH": os.environ["PATH"], "PGPASSWORD": "correct horse", "LC_ALL": "C.UTF-8"}
    command = [psql, "-X", "-w", "-h", "127.0.0.1", "-p", str(port), "-U", "ana", "-d", "income", "-A", "-t"]
    run = subprocess.run(command + ["-c", "SELECT count", "-c", "SELECT refuse", "-c", "SHOW TimeZone"],
                         env=environment, capture_output=True, text=True, timeout=20)
    assert run.stdout == "42\nUTC\n", run
    assert "NOTICE:  count: within 5" in run.stderr and "DETAIL:  It cost" in run.stderr
    assert "ERROR:  rows of people" in run.stderr and "HINT:  Ask for an aggregate." in run.stderr
    assert "warning" not in run.stderr.lower(), run.stderr
    run = subprocess.run(command, input="SELECT types;\n", env=environment, capture_output=True, text=True)
    assert "grüß" in run.stdout, run
    run = subprocess.run(command + ["-c", "SELECT 1"], env=environment | {"PGPASSWORD": "wrong"},
                         capture_output=True, text=True)
    assert run.returncode == 2 and "password authentication failed" in run.stderr


if __name__ == "__main__":
    sys.exit(main())
