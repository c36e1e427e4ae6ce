"""A client of the tun protocol, version 1, written from protocol/PROTOCOL.md alone (the sections
named below are its). It answers each request with its own body, as section 15 asks. Run it with
TUN_ENDPOINT=tcp://HOST:PORT and TUN_TOKEN in its environment.
Everything is sent by pulling: when the transport takes more, the link asks the mux, and the mux a
stream, what to say next. So nothing piles up: a stream keeps at most one window, the link `resend`.
"""
import hmac
import json
import os
import random
import select
import socket
import struct
import sys
from contextlib import suppress
from time import monotonic, sleep

TERMS = {"streams": 128, "window": 65_536, "resend": 262_144}  # so little needs no other pacing
TUNNEL = {"tunnel": 1, "kind": "http", "mode": "claim", "name": "conformance"}
LONGEST_FRAME, PIECE = 140_000, 16_384  # of ours; little at a time, so that streams take turns
# Section 3: the types of records, and the lengths of those that a server may send.
DATA, ACK, PING, PONG, CLOSE = range(0x01, 0x06)
HELLO, WELCOME, REFUSED, RESUME, RESUMED = range(0xF0, 0xF5)
HANDSHAKE_RECORDS = dict.fromkeys((WELCOME, REFUSED, RESUMED), (2, 16_384))
SESSION_RECORDS = {DATA: (1, 1_048_576), ACK: (8, 8), PING: (8, 8), PONG: (8, 8), CLOSE: (2, 258)}
# Section 7: the types of frames (BODY is its DATA), and the lengths and flags that they may have.
OPEN, RESPONSE, BODY, TRAILERS, CREDIT, RESET = range(0x01, 0x07)
CONTROL = range(0x10, 0x19)
CLAIM, CLAIMED, CLAIM_REFUSED, RELEASE, REVOKED, AUTH, AUTH_RESULT, EXPIRING, GOAWAY = CONTROL
FIN, NOT, MAY, MUST, ANY = 0x01, (0x00,), (0x00, 0x01), (0x01,), range(0x100)
FRAMES = {OPEN: (4, 196_611, MAY), BODY: (0, 65_536, MAY), TRAILERS: (1, 131_072, MUST),
          CREDIT: (4, 4, NOT), RESET: (2, 2, NOT), **dict.fromkeys(CONTROL, (2, 16_384, NOT)),
          GOAWAY: (4, 4, NOT), **dict.fromkeys(range(0x80, 0x100), (0, 65_536, ANY))}
# Section 11: what the control frames of a server say; what is marked with "?" may be missing.
CONTROL_KEYS = {
    CLAIMED: {"tunnel": int, "name": str, "url": str, "generation": int},
    CLAIM_REFUSED: {
        "tunnel": int, "code": str, "message": str, "final": bool, "retryAfterMs?": int},
    REVOKED: {"tunnel": int, "reason": str, "message": str, "drainMs": int},
    AUTH_RESULT: {"ok": bool, "code?": str, "message?": str}, EXPIRING: {"inMs": int}}
# Section 13: the codes of CLOSE, and those of RESET that are used here.
(NORMAL, BAD_RECORD, BAD_FRAME, FRAME_TOO_LARGE, UNEXPECTED_FRAME, BAD_STREAM, FLOW_VIOLATION,
 BAD_ACK, EXCESS, GOING_AWAY, TOKEN_EXPIRED, TOKEN_REVOKED, REPLACED, INTERNAL) = range(14)
CANCELLED, NOT_LOOKED_AT, TUNNEL_GONE = 0, 1, 8
NEVER = float("inf")

class SessionOver(Exception):
    """Ended by CLOSE (section 5): its code, its reason, and whether it is for us to send it."""

def require(good, code, reason):
    """What a peer may not do ends the session (section 14)."""
    if not good:
        raise SessionOver(code, reason, True)

def parse_json(payload, keys):
    message = None
    with suppress(ValueError, RecursionError):
        message = json.loads(payload.decode())
    require(isinstance(message, dict), BAD_FRAME, "not a JSON object")
    for key, kind in keys.items():
        may_miss = key.endswith("?") and message.get("ok") is not False  # then there must be a code
        value = message.get(key.rstrip("?"), kind() if may_miss else None)
        good = type(value) is kind and not (kind is int and value < 0)  # True is no int here
        require(good, BAD_FRAME, f"key {key}")
    return message

def cut_off(buffer, length):
    piece = bytes(buffer[:length])
    del buffer[:length]
    return piece

def record(kind, payload):
    return bytes([kind]) + len(payload).to_bytes(3, "big") + payload

def frame(kind, payload, slot=0, generation=0, flags=0):
    header = struct.pack(">BBHB", kind, flags, slot, generation)
    return len(payload).to_bytes(3, "big") + header + payload

class Limit:
    """So many at once, and so many a second (section 12)."""
    def __init__(self, most, rate):
        self.most, self.rate, self.left, self.then = most, rate, most, monotonic()

    def take(self, what):
        now = monotonic()
        self.left = min(self.most, self.left + (now - self.then) * self.rate) - 1
        self.then = now
        require(self.left >= 0, EXCESS, what)

def receive(sock):
    if data := sock.recv(65_536):
        return data
    raise ConnectionError("the transport ended")

def next_record(buffer, allowed):
    """Takes a record off the buffer, or of DATA what is there, because that counts (section 3)."""
    require(not buffer or buffer[0] in allowed, BAD_RECORD, f"type {buffer[:1].hex()}")
    if len(buffer) < 4:
        return None
    kind, length, there = buffer[0], int.from_bytes(buffer[1:4], "big"), len(buffer) - 4
    least, most = allowed[kind]
    require(least <= length <= most, BAD_RECORD, f"type {kind:02x}, length {length}")
    if there < length and (kind != DATA or not there):
        return None
    payload = cut_off(buffer, 4 + min(length, there))[4:]
    if there < length:  # leave the header of what is still to come
        buffer += bytes([DATA]) + (length - there).to_bytes(3, "big")
    return kind, payload

class Link:
    """A byte stream each way that outlives its transports (sections 3, 5 and 6)."""
    epoch = received = sent = kept_from = ack_sent = 0  # all but `epoch` are offsets
    ack_due, pong = NEVER, b""

    def __init__(self, welcome, mux):
        self.mux, self.pings = mux, Limit(64, 4)
        self.id, self.secret = bytes.fromhex(welcome["link"]), bytes.fromhex(welcome["secret"])
        self.ping_time, self.dead_time = welcome["pingAfterMs"] / 1e3, welcome["deadAfterMs"] / 1e3
        self.ack_every = min(131_072, welcome["terms"]["resend"] // 4)
        self.kept = bytearray()  # what the server has not acknowledged; begins at `kept_from`
        self.ping_due = monotonic() + self.ping_time

    def prove(self, text, payload):
        return payload + hmac.digest(self.secret, text + payload, "sha256")

    def resume(self):
        self.epoch, self.ack_sent, self.ack_due = self.epoch + 1, self.received, NEVER
        head = self.id + struct.pack(">IQ", self.epoch, self.received)
        return record(RESUME, self.prove(b"tun1 resume", head))

    def resumed(self, answer):
        head = self.id + struct.pack(">I", self.epoch) + answer[20:28]
        good = hmac.compare_digest(answer, self.prove(b"tun1 resumed", head))
        require(good, BAD_RECORD, "a forged RESUMED")
        self.acknowledge(answer[20:28], self.kept_from + len(self.kept))
        self.sent, self.pong, self.ping_due = self.kept_from, b"", monotonic() + self.ping_time

    def acknowledge(self, payload, most):
        count = int.from_bytes(payload, "big")
        require(self.kept_from <= count <= most, BAD_ACK, f"{count} received, {most} sent")
        cut_off(self.kept, count - self.kept_from)
        self.kept_from = count

    def take(self, kind, payload):
        self.ping_due = monotonic() + self.ping_time
        if kind == DATA:
            self.ack_due = min(self.ack_due, monotonic() + 1)
            self.received += len(payload)
            self.mux.take(payload)
        elif kind == ACK:
            self.acknowledge(payload, self.sent)
        elif kind == PING:
            self.pings.take("pings")
            self.pong = record(PONG, payload)  # of several only the last need be answered
        elif kind == CLOSE:
            code, reason = int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace")
            raise SessionOver(code, reason, False)

    def next_records(self):
        """What is to be sent now. What has to be quick goes before data (section 5)."""
        begin, out, fresh = self.sent - self.kept_from, b"", self.received - self.ack_sent
        if begin == len(self.kept) and begin + LONGEST_FRAME <= TERMS["resend"]:
            self.kept += self.mux.next_frame()
        data = bytes(self.kept[begin:begin + PIECE])
        self.sent += len(data)
        if fresh and (data or self.pong or fresh >= self.ack_every or monotonic() >= self.ack_due):
            out = record(ACK, struct.pack(">Q", self.received))
            self.ack_sent, self.ack_due = self.received, NEVER
        out, self.pong = out + self.pong, b""
        if monotonic() >= self.ping_due:
            out, self.ping_due = out + record(PING, os.urandom(8)), NEVER
        return out + (data and record(DATA, data))

class Mux:
    """Divides the byte streams among streams and control messages (sections 7, 8 and 11)."""
    def __init__(self, server_window, on_control):
        self.server_window, self.on_control, self.buffer = server_window, on_control, bytearray()
        self.streams = {}  # slot to Stream, for those that are not over, in turn
        self.opened = [0] * TERMS["streams"]  # how many streams each slot has had
        self.controls, self.unknown, self.late = Limit(512, 16), Limit(1024, 256), Limit(65_536, 0)

    def take(self, data):
        self.buffer += data
        while len(self.buffer) >= 8:
            length = int.from_bytes(self.buffer[:3], "big")
            kind, flags, slot, generation = struct.unpack_from(">BBHB", self.buffer, 3)
            check_header(length, kind, flags, slot or generation)
            if len(self.buffer) < 8 + length:
                return
            payload = cut_off(self.buffer, 8 + length)[8:]
            if kind >= 0x80:
                self.unknown.take("frames of unknown types")
            elif kind in CONTROL:
                self.controls.take("control frames")
                if kind != GOAWAY:
                    self.on_control(kind, parse_json(payload, CONTROL_KEYS[kind]))
            elif stream := self._find(kind, slot, generation):
                stream.take(kind, payload, flags)
                self._put_last(slot, stream)

    def _find(self, kind, slot, generation):
        """The stream that a frame is for, or None if that is over and the frame merely late."""
        what = f"frame {kind:02x}, slot {slot}, generation {generation}"
        require(slot < len(self.opened), BAD_STREAM, what)
        age = (self.opened[slot] - 1 - generation) % 256
        if kind == OPEN:
            require(slot not in self.streams and age == 255, BAD_STREAM, what)
            self.opened[slot] += 1
            return Stream(slot, generation, self.server_window)
        if age == 0 and slot in self.streams:
            return self.streams[slot]
        require(age < min(2, self.opened[slot]) and kind in (CREDIT, RESET), BAD_STREAM, what)
        return self.late.take("late frames")

    def _put_last(self, slot, stream):
        """Lets the other streams go first; forgets this one if it is over."""
        self.streams.pop(slot, None)
        if stream.ended and stream.server_ended:
            self.late.left += 4
        else:
            self.streams[slot] = stream

    def next_frame(self):
        for slot, stream in self.streams.items():
            if found := stream.next_frame():
                self._put_last(slot, stream)
                return found
        return b""

def check_header(length, kind, flags, stream_named):
    what = f"frame {kind:02x}, length {length}, flags {flags:02x}"
    require(kind not in (RESPONSE, CLAIM, RELEASE, AUTH), UNEXPECTED_FRAME, what)
    require(kind in FRAMES, BAD_FRAME, what)
    least, most, good_flags = FRAMES[kind]
    require(length <= most, FRAME_TOO_LARGE, what)
    pointless = kind == BODY and not length and not flags or kind in CONTROL and stream_named
    require(length >= least and flags in good_flags and not pointless, BAD_FRAME, what)

class Stream:
    """One request, and its echo: a head, then the body as it comes, then the trailers."""
    def __init__(self, slot, generation, server_window):
        self.name, self.ended, self.server_ended = (slot, generation), False, False
        self.may_send, self.may_receive, self.read = server_window, TERMS["window"], 0
        self.head, self.body, self.trailers, self.reset = b"", bytearray(), b"", None

    def take(self, kind, payload, flags):
        if kind == CREDIT:
            require(any(payload), BAD_FRAME, "CREDIT of 0")
            self.may_send += int.from_bytes(payload, "big")
            require(self.may_send < 1 << 31, FLOW_VIOLATION, "a window beyond the maximum")
        elif kind == RESET:
            self.reset, self.server_ended = CANCELLED, True  # answered with RESET, and nothing else
        else:
            require(not self.server_ended, UNEXPECTED_FRAME, "more after the end")
            self.server_ended = flags == FIN
            if kind == TRAILERS:
                self.trailers, payload = payload, b""
            elif kind == OPEN:
                payload = self._take_head(payload)
            self.may_receive -= len(payload)
            require(self.may_receive >= 0, FLOW_VIOLATION, "more bytes than were granted")
            self.body += payload

    def _take_head(self, payload):
        """Reads the head in OPEN, makes that in RESPONSE (section 9), and returns the body."""
        end = 3 + int.from_bytes(payload[:3], "big")
        require(end <= min(len(payload), 131_075), BAD_FRAME, "a head that is cut or too long")
        head = bytearray(payload[3:end])

        def take(length):
            require(length <= len(head), BAD_FRAME, "a head that is cut")
            return cut_off(head, length)

        def number(length):
            return int.from_bytes(take(length), "big")

        kind, tunnel, _visitor, _extra = number(1), number(2), take(number(1)), take(number(2))
        require(kind == 1 or kind == 2 and not head, BAD_FRAME, "neither http nor tcp")
        if kind == 2 or tunnel != TUNNEL["tunnel"]:
            self.reset = NOT_LOOKED_AT if tunnel == TUNNEL["tunnel"] else TUNNEL_GONE
            return payload[end:]
        scheme, version, method, target = number(1), number(1), take(number(1)), take(number(2))
        _authority = take(number(2))
        require(scheme < 2 and version < 2, BAD_FRAME, "a field out of range")
        answer = (b"\0\xC8" b"\1" b"\0\0" b"\0\2OK"  # status 200, HTTP/1.1, no extra, reason
                  b"X-Method: " + method + b"\r\nX-Target: " + target + b"\r\n")
        self.head = len(answer).to_bytes(3, "big") + answer
        return payload[end:]

    def next_frame(self):
        """What is to be said next; empty if there is nothing, or the server has granted nothing."""
        if self.ended:
            return b""
        if self.reset is not None:
            kind, piece, self.ended = RESET, struct.pack(">H", self.reset), True
        elif self.read >= TERMS["window"] // 4 and not self.server_ended:
            kind, piece = CREDIT, struct.pack(">I", self.read)
            self.may_receive, self.read = self.may_receive + self.read, 0
        elif self.head:
            kind, piece, self.head = RESPONSE, self.head, b""
        elif self.body and self.may_send:
            kind, piece = BODY, cut_off(self.body, min(PIECE, self.may_send))
            self.may_send -= len(piece)
            self.read += len(piece)  # only now: who does not take the answer gets no more credit
        elif self.server_ended and not self.body:
            kind, piece, self.ended = TRAILERS if self.trailers else BODY, self.trailers, True
        else:
            return b""
        return frame(kind, piece, *self.name, FIN if self.ended and kind != RESET else 0)

class Client:
    """Keeps a session going, whatever becomes of its transports, and a tunnel claimed in it."""
    def __init__(self, endpoint, token):
        self.address, self.token = endpoint.removeprefix("tcp://").rsplit(":", 1), token
        self.nonce, self.claim_nonce = os.urandom(16).hex(), os.urandom(16).hex()
        self.link, self.claim_due, self.leaving, self.delay = None, NEVER, False, 0.0

    def run(self):
        while True:
            try:
                with socket.create_connection(self.address, 10) as sock:
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self.use(sock, self.handshake(sock))
            except OSError as error:  # which is not an error of the protocol (section 2)
                print(f"no transport: {error!r}", file=sys.stderr)
            sleep(self.delay * random.uniform(1.0, 1.2))
            self.delay = min(0.8 if self.link else 10.0, 2 * self.delay + 0.05)

    def handshake(self, sock):
        """RESUME if there is something to resume; else, or if that is refused, HELLO."""
        hello = {"agent": "tun-python/1", "nonce": self.nonce, "token": self.token, "terms": TERMS}
        questions, arrived = [(RESUMED, self.link.resume())] if self.link else [], bytearray()
        questions.append((WELCOME, record(HELLO, b"tun\1\1" + json.dumps(hello).encode())))
        try:
            for wanted, question in questions:
                sock.sendall(question)
                while not (found := next_record(arrived, HANDSHAKE_RECORDS)):
                    arrived += receive(sock)
                if found[0] == wanted == RESUMED:
                    self.link.resumed(found[1])
                    return arrived
                answer = json.loads(found[1])
                if found[0] == wanted:
                    require(answer["version"] == 1, BAD_RECORD, "a version that was not offered")
                    self.link = Link(answer, Mux(answer["terms"]["window"], self.on_control))
                    self.nonce, self.claim_due = os.urandom(16).hex(), 0  # for the next session
                    return arrived
                print(f"refused: {answer}", file=sys.stderr)
                if not answer["final"]:
                    self.delay = max(self.delay, answer["retryAfterMs"] / 1000)
                    raise ConnectionError("refused for now")
        except (SessionOver, LookupError, TypeError, ValueError, RecursionError) as wrong:
            raise ConnectionError(f"not an answer: {wrong!r}") from wrong  # no session to close yet
        sys.exit(1)

    def use(self, sock, arrived):
        """Uses a transport for as long as it lasts."""
        link, out, heard, self.delay = self.link, b"", monotonic(), 0.05
        sock.setblocking(False)
        try:
            while True:
                while found := next_record(arrived, SESSION_RECORDS):
                    link.take(*found)
                require(link.mux.streams or link.kept or not self.leaving, NORMAL, "no tunnel left")
                if monotonic() >= self.claim_due:
                    claim, self.claim_due = TUNNEL | {"nonce": self.claim_nonce}, NEVER
                    link.kept += frame(CLAIM, json.dumps(claim).encode())
                out = out or link.next_records()
                dead = heard + link.dead_time
                due = dead if out else min(dead, link.ack_due, link.ping_due, self.claim_due)
                readable, writable, _ = select.select(
                    [sock], [sock] if out else [], [], max(0, due - monotonic()))
                out = out[sock.send(out):] if writable else out
                if readable:
                    arrived, heard = arrived + receive(sock), monotonic()
                elif monotonic() >= dead:
                    raise ConnectionError("the transport is dead")
        except SessionOver as end:
            code, reason, ours = end.args
            with suppress(OSError):
                sock.settimeout(2)
                if ours:
                    sock.sendall(out + record(CLOSE, bytes([0, code]) + reason.encode()[:256]))
                sock.shutdown(socket.SHUT_WR)
                while monotonic() < heard + 2:  # with bytes unread, close() would take CLOSE back
                    receive(sock)
            if ours or code != GOING_AWAY and code < INTERNAL:  # what is not known is internal
                sys.exit(f"the session is over: {end}" if ours or code else 0)
            self.link, self.delay = None, 1.0

    def on_control(self, kind, message):
        print(f"control frame {kind:02x}: {message}", file=sys.stderr)
        if message.get("tunnel") == TUNNEL["tunnel"]:
            self.claim_nonce = os.urandom(16).hex()  # the old one was for the case of no answer
            self.leaving = kind == REVOKED or message.get("final", False)
            if kind == CLAIM_REFUSED:
                self.claim_due = monotonic() + message.get("retryAfterMs", 1000) / 1000

if __name__ == "__main__":
    Client(os.environ["TUN_ENDPOINT"], os.environ["TUN_TOKEN"]).run()
