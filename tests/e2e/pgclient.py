"""A small PostgreSQL client: SCRAM-SHA-256, simple and extended queries. For tests, where psql would get in the way:
texts that psql would read itself, many sessions at once, and bytes no honest client sends."""
import base64
import hashlib
import hmac
import os
import socket
import struct


class ServerError(Exception):
    """An ErrorResponse: the fields by their letter."""

    def __init__(self, fields):
        super().__init__(f"{fields.get('C')}: {fields.get('M')}")
        self.fields = fields
        self.sqlstate = fields.get("C", "")


class Closed(Exception):
    """The server closed the connection or was not there."""


class Answer:
    """What one statement returned: rows of text (None for NULL), notices, the command tag."""

    def __init__(self):
        self.columns, self.rows, self.notices, self.tag, self.raw = [], [], [], None, b""


class Client:
    def __init__(self, port, user, password, database, timeout=60):
        self.parameters, self.buffer = {}, b""
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
            words = ["user", user, "database", database, "client_encoding", "UTF8"]
            body = struct.pack("!I", 196608) + b"".join(w.encode() + b"\0" for w in words) + b"\0"
            self.socket.sendall(struct.pack("!I", len(body) + 4) + body)
            self._log_in(password)
        except OSError as problem:
            raise Closed(str(problem)) from problem

    def close(self):
        try:
            self._send(b"X", b"")
            self.socket.close()
        except Closed:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def query(self, sql):
        """Simple protocol. The last statement's answer; ServerError when one fails."""
        self._send(b"Q", (sql if isinstance(sql, bytes) else sql.encode()) + b"\0")
        return self._until_ready()

    def query_with(self, sql, values):
        """Extended protocol, with text parameters."""
        self._send(b"P", b"\0" + sql.encode() + b"\0" + struct.pack("!H", 0))
        bound = b"".join(struct.pack("!I", len(v.encode())) + v.encode() for v in values)
        self._send(b"B", b"\0\0" + struct.pack("!HH", 0, len(values)) + bound + struct.pack("!H", 0))
        self._send(b"D", b"P\0")
        self._send(b"E", b"\0" + struct.pack("!I", 0))
        self._send(b"S", b"")
        return self._until_ready()

    def send_raw(self, data):
        try:
            self.socket.sendall(data)
        except OSError as problem:
            raise Closed(str(problem)) from problem

    def _send(self, kind, body):
        self.send_raw(kind + struct.pack("!I", len(body) + 4) + body)

    def _take(self, count):
        while len(self.buffer) < count:
            try:
                more = self.socket.recv(65536)
            except OSError as problem:
                raise Closed(str(problem)) from problem
            if not more:
                raise Closed("the server closed the connection")
            self.buffer += more
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _receive(self):
        head = self._take(5)
        return head[:1], self._take(struct.unpack("!I", head[1:])[0] - 4)

    @staticmethod
    def _fields(body):
        return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}

    def _until_ready(self):
        answer, error = Answer(), None
        while True:
            kind, body = self._receive()
            answer.raw += kind + body
            if kind == b"T":
                answer.columns, answer.rows = self._columns(body), []
            elif kind == b"D":
                answer.rows.append(self._row(body))
            elif kind == b"C":
                answer.tag = body[:-1].decode()
            elif kind == b"N":
                answer.notices.append(self._fields(body))
            elif kind == b"E":
                error = error or ServerError(self._fields(body))
            elif kind == b"Z":
                if error:
                    error.answer = answer
                    raise error
                return answer

    @staticmethod
    def _columns(body):
        names, place = [], 2
        for _ in range(struct.unpack("!H", body[:2])[0]):
            end = body.index(b"\0", place)
            names.append(body[place:end].decode())
            place = end + 19
        return names

    @staticmethod
    def _row(body):
        cells, place = [], 2
        for _ in range(struct.unpack("!H", body[:2])[0]):
            size = struct.unpack("!i", body[place:place + 4])[0]
            place += 4
            cells.append(None if size < 0 else body[place:place + size].decode())
            place += max(size, 0)
        return tuple(cells)

    def _log_in(self, password):
        scram = None
        while True:
            kind, body = self._receive()
            if kind == b"E":
                raise ServerError(self._fields(body))
            if kind == b"S":
                name, value = body[:-1].split(b"\0")
                self.parameters[name.decode()] = value.decode()
            elif kind == b"Z":
                return
            elif kind == b"R":
                scram = self._scram(struct.unpack("!I", body[:4])[0], body[4:], password, scram)

    def _scram(self, step, body, password, scram):
        if step == 10:
            nonce = base64.b64encode(os.urandom(18)).decode()
            first = f"n=,r={nonce}"
            data = ("n,," + first).encode()
            self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!I", len(data)) + data)
            return first
        if step == 11:
            said = dict(part.split("=", 1) for part in body.decode().split(","))
            salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(said["s"]),
                                         int(said["i"]))
            key = hmac.digest(salted, b"Client Key", "sha256")
            last = f"c=biws,r={said['r']}"
            text = ",".join([scram, body.decode(), last]).encode()
            signature = hmac.digest(hashlib.sha256(key).digest(), text, "sha256")
            proof = bytes(a ^ b for a, b in zip(key, signature))
            self._send(b"p", (last + ",p=" + base64.b64encode(proof).decode()).encode())
            server_key = hmac.digest(salted, b"Server Key", "sha256")
            return base64.b64encode(hmac.digest(server_key, text, "sha256")).decode()
        if step == 12 and body.decode() != "v=" + scram:
            raise Closed("the server does not know the verifier of this user")
        if step not in (0, 12):
            raise Closed(f"authentication {step} is not SCRAM-SHA-256")
        return scram
