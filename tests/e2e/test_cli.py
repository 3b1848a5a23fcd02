#!/usr/bin/env python3
"""The command line by itself: help that teaches, mistakes that are named, exit statuses."""
import os
import pty
import re
import signal

from harness import CITY_POLICY, Folder, Tap, WEIR, city_policy, must, run

COMMANDS = ["init", "load", "user add", "serve", "explain", "status", "policy check", "verify"]

USAGE_MISTAKES = [
    [],
    ["nonsense"],
    ["policy"],
    ["policy", "nonsense"],
    ["user", "add", "somewhere", "ada"],
    ["init", "somewhere"],
    ["init", "--policy", "x"],
    ["load", "somewhere", "city.resident"],
    ["load", "somewhere", "resident", "x.csv"],
    ["load", "somewhere", "a.b.c", "x.csv"],
    ["load", "somewhere", ".b", "x.csv"],
    ["serve", "somewhere", "--port", "70000"],
    ["serve", "somewhere", "--port", "many"],
    ["serve", "somewhere", "--tls-cert", "x.pem"],
    ["serve", "somewhere", "--listen", "0.0.0.0"],
    ["explain", "somewhere", "SELECT 1"],
    ["explain", "somewhere", "SELECT 1", "--purpose", "p", "--format", "xml"],
    ["verify"],
    ["verify", "a", "b"],
    ["status", "--colour", "a"],
]


def check_help(tap):
    overview = run("--help")
    tap.equal(overview.returncode, 0, "--help is no mistake")
    for command in COMMANDS:
        tap.ok(re.search(rf"^  {command} +\S", overview.stdout, re.M), f"--help lists {command}")
        detail = run(*command.split(), "--help")
        tap.ok(detail.returncode == 0 and detail.stdout.startswith(f"usage: weir {command} ")
               and f"Example:\n  weir {command} " in detail.stdout, f"{command} --help shows an example",
               detail.stdout + detail.stderr)
    for first, command in (("user", "user add"), ("policy", "policy check")):
        detail = run(first, "--help")
        tap.ok(detail.returncode == 0 and detail.stdout.startswith(f"usage: weir {command} "),
               f"{first} --help shows what it begins", detail.stdout + detail.stderr)
    tap.ok(re.fullmatch(r"weir \d+\.\d+\.\d+\n", run("--version").stdout), "--version")


def check_mistakes(tap):
    for words in USAGE_MISTAKES:
        done = run(*words)
        tap.ok(done.returncode == 2 and done.stderr and not done.stdout,
               f"usage: weir {' '.join(words)}", f"{done.returncode}\n{done.stdout}{done.stderr}")
    for words in (["verify"], ["status"], ["serve"]):
        done = run(*words, "/nonexistent/store")
        tap.ok(done.returncode == 1 and "/nonexistent/store" in done.stderr,
               f"{words[0]} of no store fails and names it", f"{done.returncode} {done.stderr}")
    exposed = run("serve", "somewhere", "--listen", "0.0.0.0")
    tap.ok("TLS" in exposed.stderr and "--insecure" in exposed.stderr,
           "listening beyond this machine without TLS says why not", exposed.stderr)


def check_policies(tap):
    clean = run("policy", "check", CITY_POLICY)
    tap.ok(clean.returncode == 0 and re.search(r"^sha256:[0-9a-f]{64}$", clean.stdout, re.M),
           "a clean policy has a hash", clean.stdout + clean.stderr)
    tap.equal(run("policy", "check", CITY_POLICY).stdout, clean.stdout, "and always the same one")
    with Folder() as folder:
        bad = city_policy(folder, [("MINIMUM 20 PEOPLE", "MINIMUM 20 SHEEP")])
        done = run("policy", "check", bad)
        line = 1 + bad.read_text().split("SHEEP", maxsplit=1)[0].count("\n")
        tap.ok(done.returncode == 1 and re.match(rf"{bad}:{line}:\d+: ", done.stderr),
               "a syntax error has file, line and column", done.stderr)
        bad = city_policy(folder, [(" RETAIN 10 YEARS FROM registered_on", "")])
        done = run("policy", "check", bad)
        tap.ok(done.returncode == 1 and len(re.findall(rf"^{bad}:\d+: ", done.stderr, re.M)) == 3,
               "the lint finds each table that is kept forever", done.stderr)
        done = run("init", folder / "store", "--policy", bad)
        tap.ok(done.returncode == 1 and not (folder / "store").exists(),
               "a policy with findings makes no store", done.stderr)


class Terminal:
    """A command at a terminal of its own, as a person sees it."""

    def __init__(self, *words):
        self.seen = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ.pop("WEIR_PASSWORD", None)
            os.execv(WEIR, [WEIR, *map(str, words)])

    def wait_for(self, text):
        while text not in self.seen:
            try:
                more = os.read(self.terminal, 4096).decode()
            except OSError:
                more = ""
            if not more:
                raise RuntimeError(f"no {text!r} in {self.seen!r}")
            self.seen += more

    def type(self, text):
        os.write(self.terminal, text.encode())

    def end(self):
        try:
            while more := os.read(self.terminal, 4096).decode():
                self.seen += more
        except OSError:
            pass  # the terminal closes with its last process
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        os.close(self.terminal)
        return status


def check_prompt(tap):
    """A password is asked for twice, never shown, and Ctrl-C leaves without a user."""
    with Folder() as folder:
        store = folder / "store"
        must(run("init", store, "--policy", CITY_POLICY))
        for first, second, expected, name in (("open sesame", "open sesame", 0, "the same twice is taken"),
                                              ("open sesame", "open barley", 1, "two that differ are not"),
                                              ("", None, 1, "an empty one is not")):
            terminal = Terminal("user", "add", store, "eve", "--role", "statistician")
            terminal.wait_for("New password for eve: ")
            terminal.type(first + "\n")
            if second is not None:
                terminal.wait_for("again for eve: ")
                terminal.type(second + "\n")
            status = terminal.end()
            tap.ok(status == expected and "open" not in terminal.seen, f"passwords: {name}", terminal.seen)
        terminal = Terminal("user", "add", store, "eve", "--role", "statistician")
        terminal.wait_for("New password for eve: ")
        os.kill(terminal.process, signal.SIGINT)
        tap.equal(terminal.end(), -signal.SIGINT, "passwords: Ctrl-C ends it")


if __name__ == "__main__":
    with Tap() as results:
        check_help(results)
        check_mistakes(results)
        check_policies(results)
        check_prompt(results)
