"""A small client of PostgreSQL's protocol over a raw socket, for tests: Python's standard library alone."""
import base64
import hashlib
import hmac
import os
import socket
import ssl
import struct


class ServerError(Exception):
    def __init__(self, fields):
        super().__init__(fields)
        self.fields = fields

    @property
    def code(self):
        return self.fields["C"]


class Closed(Exception):
    pass


def message(kind, *parts):
    body = b"".join(part if isinstance(part, bytes) else part.encode() + b"\0" for part in parts)
    return kind.encode() + struct.pack("!i", len(body) + 4) + body


def parse(name, query, types=()):
    return message("P", name, query, struct.pack("!h%dI" % len(types), len(types), *types))


def bind(portal, statement, arguments=(), formats=(), result_formats=()):
    body = struct.pack("!h%dh" % len(formats), len(formats), *formats)
    body += struct.pack("!h", len(arguments))
    for argument in arguments:
        body += struct.pack("!i", -1) if argument is None else struct.pack("!i", len(argument)) + argument
    body += struct.pack("!h%dh" % len(result_formats), len(result_formats), *result_formats)
    return message("B", portal, statement, body)


def describe(kind, name):
    return message("D", kind.encode(), name)


def close(kind, name):
    return message("C", kind.encode(), name)


def execute(portal, limit=0):
    return message("E", portal, struct.pack("!i", limit))


SYNC = message("S")


def fields_of(body):
    return {field[:1].decode(): field[1:].decode() for field in body.split(b"\0") if field}


class Client:
    def __init__(self, port, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.parameters, self.notices, self.key = {}, [], None

    def close(self):
        self.socket.close()

    def send(self, *messages):
        self.socket.sendall(b"".join(messages))

    def read_exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise Closed()
            data += part
        return data

    def receive(self):
        """The next message, as (type, body)."""
        kind = self.read_exactly(1).decode()
        length = struct.unpack("!i", self.read_exactly(4))[0]
        return kind, self.read_exactly(length - 4)

    def expect(self, kind):
        got, body = self.receive()
        if got == "E" and kind != "E":
            raise ServerError(fields_of(body))
        assert got == kind, (got, kind, body)
        return body

    def is_closed(self):
        """True when the server closes before it says anything more."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def start_tls(self):
        self.send(struct.pack("!ii", 8, 80877103))
        answer = self.read_exactly(1)
        if answer == b"S":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        return answer

    def startup(self, version=3 << 16, **parameters):
        body = struct.pack("!i", version)
        for name, value in parameters.items():
            body += name.encode() + b"\0" + value.encode() + b"\0"
        body += b"\0"
        self.send(struct.pack("!i", len(body) + 4) + body)

    def scram(self, password, proof_damage=0):
        """Answers the server's request to authenticate; returns (salt, iterations)."""
        body = self.expect("R")
        assert body == struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0", body
        nonce = base64.b64encode(os.urandom(18)).decode()
        first_bare = "n=,r=" + nonce
        first = ("n,," + first_bare).encode()
        self.send(message("p", "SCRAM-SHA-256", struct.pack("!i", len(first)) + first))
        body = self.expect("R")
        assert body[:4] == struct.pack("!i", 11)
        server_first = body[4:].decode()
        values = dict(part.split("=", 1) for part in server_first.split(","))
        assert values["r"].startswith(nonce) and len(values["r"]) > len(nonce) + 16
        salt, iterations = base64.b64decode(values["s"]), int(values["i"])
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        final_bare = "c=biws,r=" + values["r"]
        transcript = ",".join([first_bare, server_first, final_bare]).encode()
        signature = hmac.digest(hashlib.sha256(client_key).digest(), transcript, "sha256")
        proof = bytearray(a ^ b for a, b in zip(client_key, signature))
        proof[0] ^= proof_damage
        self.send(message("p", (final_bare + ",p=" + base64.b64encode(proof).decode()).encode()))
        body = self.expect("R")
        assert body[:4] == struct.pack("!i", 12)
        server_key = hmac.digest(salted, b"Server Key", "sha256")
        expected = base64.b64encode(hmac.digest(server_key, transcript, "sha256")).decode()
        assert body[4:].decode() == "v=" + expected, "the server has not proven itself"
        assert self.expect("R") == struct.pack("!i", 0)
        return salt, iterations

    def until_ready(self):
        """Reads up to ReadyForQuery: the list of messages, with errors as ServerError in their place."""
        seen = []
        while True:
            kind, body = self.receive()
            if kind == "S":
                name, value = body.split(b"\0")[:2]
                self.parameters[name.decode()] = value.decode()
            elif kind == "K":
                self.key = struct.unpack("!i4s", body)
            elif kind == "N":
                self.notices.append(fields_of(body))
                seen.append((kind, self.notices[-1]))
            elif kind == "E":
                error = ServerError(fields_of(body))
                if error.fields["S"] == "FATAL":
                    raise error
                seen.append((kind, error))
            else:
                seen.append((kind, body))
                if kind == "Z":
                    return seen

    def login(self, password="correct horse", **parameters):
        self.startup(**({"user": "ana", "database": "income"} | parameters))
        self.scram(password)
        self.until_ready()
        return self

    def query(self, text):
        self.send(message("Q", text))
        return self.until_ready()


def rows_of(seen):
    rows = []
    for kind, body in seen:
        if kind != "D":
            continue
        at, row = 2, []
        for _ in range(struct.unpack("!h", body[:2])[0]):
            length = struct.unpack("!i", body[at:at + 4])[0]
            at += 4
            row.append(None if length < 0 else body[at:at + length])
            at += max(length, 0)
        assert at == len(body)
        rows.append(row)
    return rows


def columns_of(seen):
    """(name, type, format) of each column."""
    body = next(body for kind, body in seen if kind == "T")
    at, columns = 2, []
    for _ in range(struct.unpack("!h", body[:2])[0]):
        end = body.index(b"\0", at)
        _, _, oid, _, _, form = struct.unpack("!ihihih", body[end + 1:end + 19])
        columns.append((body[at:end].decode(), oid, form))
        at = end + 19
    return columns


def kinds_of(seen):
    return "".join(kind for kind, _ in seen)


def errors_of(seen):
    return [body.code for kind, body in seen if kind == "E"]


def tags_of(seen):
    return [body.rstrip(b"\0").decode() for kind, body in seen if kind == "C"]


def state_of(seen):
    return seen[-1][1].decode()
