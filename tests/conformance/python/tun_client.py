"""A client of the tun protocol, version 1, written from protocol/PROTOCOL.md alone; the sections
named below are those of that page. It answers each request with its own body, as section 15 asks.

    TUN_ENDPOINT=tcp://127.0.0.1:7000 TUN_TOKEN=secret python3 tun_client.py

Everything is sent by pulling: when the transport takes more, the link asks the mux, and the mux a
stream, what to say next. So nothing piles up: a stream keeps at most one window, the link `resend`.
"""
import asyncio
import hmac
import json
import os
import secrets
import struct
import sys
import time
from urllib.parse import urlsplit

TERMS = {"streams": 128, "window": 65_536, "resend": 262_144}  # so little needs no other pacing
MAX_WINDOW = 2_147_483_647
LONGEST_FRAME = 8 + 131_072  # of ours
PIECE = 16_384  # we send little at a time, so that streams take turns and acknowledgements get in

# Section 3: the types of records, and the lengths of those that a server may send when.
DATA, ACK, PING, PONG, CLOSE = range(0x01, 0x06)
HELLO, WELCOME, REFUSED, RESUME, RESUMED = range(0xF0, 0xF5)
HANDSHAKE_RECORDS = dict.fromkeys((WELCOME, REFUSED, RESUMED), (2, 16_384))
SESSION_RECORDS = {DATA: (1, 1_048_576), ACK: (8, 8), PING: (8, 8), PONG: (8, 8), CLOSE: (2, 258)}

# Section 7: the types of frames, and the lengths and flags of those that a server may send.
# BODY is what the page calls DATA, which is also the name of a record.
OPEN, RESPONSE, BODY, TRAILERS, CREDIT, RESET = range(0x01, 0x07)
CONTROL = range(0x10, 0x19)
CLAIM, CLAIMED, CLAIM_REFUSED, RELEASE, REVOKED, AUTH, AUTH_RESULT, EXPIRING, GOAWAY = CONTROL
NONE, FIN, ANY = 0x00, 0x01, range(0x100)
FRAMES = {OPEN: (4, 196_611, (NONE, FIN)), BODY: (0, 65_536, (NONE, FIN)),
          TRAILERS: (1, 131_072, (FIN,)), CREDIT: (4, 4, (NONE,)), RESET: (2, 2, (NONE,)),
          **dict.fromkeys(CONTROL, (2, 16_384, (NONE,))), GOAWAY: (4, 4, (NONE,)),
          **dict.fromkeys(range(0x80, 0x100), (0, 65_536, ANY))}
CLIENT_ONLY = (RESPONSE, CLAIM, RELEASE, AUTH)

# Sections 4 and 11: what JSON of a server must say; what is marked with "?" may be missing.
WELCOME_KEYS = {"version": int, "link": str, "secret": str, "resumeMs": int, "pingAfterMs": int,
                "deadAfterMs": int, "terms": dict}
REFUSED_KEYS = {"code": str, "message": str, "final": bool, "retryAfterMs?": int}
CONTROL_KEYS = {
    CLAIMED: {"tunnel": int, "name": str, "url": str, "generation": int},
    CLAIM_REFUSED: {"tunnel": int, "code": str, "message": str, "final": bool, "retryAfterMs?": int},
    REVOKED: {"tunnel": int, "reason": str, "message": str, "drainMs": int},
    AUTH_RESULT: {"ok": bool, "code?": str, "message?": str},
    EXPIRING: {"inMs": int}}

# Section 13: CLOSE codes in the order of their numbers, and the RESET codes used here.
CLOSE_CODES = ("normal", "bad_record", "bad_frame", "frame_too_large", "unexpected_frame",
               "bad_stream", "flow_violation", "bad_ack", "excess", "going_away", "token_expired",
               "token_revoked", "replaced", "internal")
CANCELLED, NOT_LOOKED_AT = 0, 1


class HangUp(Exception):
    """We end the session with CLOSE, most often for a violation (section 14): code, reason."""


class Closed(Exception):
    """The server ended the session with CLOSE: code, reason."""


class Cut(ConnectionError):
    """The transport is of no more use, which is not an error of the protocol (section 2)."""


def require(good, code, reason):
    if not good:
        raise HangUp(code, reason)


def parse_json(payload, keys):
    try:
        message = json.loads(payload.decode())
    except (ValueError, RecursionError):
        message = None
    require(isinstance(message, dict), "bad_frame", "not a JSON object")
    for key, kind in keys.items():
        value = message.get(key.rstrip("?"), kind() if key.endswith("?") else None)
        # type() and not isinstance(), because True is an int to Python.
        good = type(value) is kind and (kind is not int or value >= 0)
        require(good and (key != "tunnel" or value < 65_536), "bad_frame", f"key {key}")
    return message


def record(kind, payload):
    return bytes([kind]) + len(payload).to_bytes(3, "big") + payload


def frame(kind, payload, slot=0, generation=0, flags=NONE):
    header = struct.pack(">BBHB", kind, flags, slot, generation)
    return len(payload).to_bytes(3, "big") + header + payload


class Limit:
    """So many at once, and so many a second (section 12)."""

    def __init__(self, what, at_once, per_second):
        self.what, self.at_once, self.per_second = what, at_once, per_second
        self.left, self.then = at_once, time.monotonic()

    def take(self):
        now = time.monotonic()
        self.left = min(self.at_once, self.left + (now - self.then) * self.per_second) - 1
        self.then = now
        require(self.left >= 0, "excess", self.what)


async def records(reader, allowed, patience, on_silence):
    """Cuts a transport into records (section 3). DATA comes in pieces, since what arrived of one
    counts. `patience` says after how long a silence to call `on_silence`, and then to give up."""
    async def some(most):
        for seconds in patience:
            try:
                async with asyncio.timeout(seconds):
                    if data := await reader.read(min(most, 65_536)):
                        return data
                    raise Cut("the transport ended")
            except TimeoutError:
                on_silence()
        raise Cut("the transport is dead")

    async def exactly(length):
        data = b""
        while len(data) < length:
            data += await some(length - len(data))
        return data

    while True:
        header = await exactly(4)
        kind, length = header[0], int.from_bytes(header[1:], "big")
        least, most = allowed.get(kind, (1, 0))
        require(least <= length <= most, "bad_record", f"type {kind:02x}, length {length}")
        if kind != DATA:
            yield kind, await exactly(length)
        while kind == DATA and length:
            piece = await some(length)
            length -= len(piece)
            yield DATA, piece


async def hang_up(reader, writer, code, reason):
    """Says CLOSE and ends our side. Reads on until the server ends its own, because a socket that
    is closed with bytes unread takes back from the other end what that has not read."""
    number = struct.pack(">H", CLOSE_CODES.index(code))
    try:
        async with asyncio.timeout(2):
            writer.write(record(CLOSE, number + reason.encode()[:256]))
            writer.write_eof()
            while await reader.read(65_536):
                pass
    except OSError:  # a TimeoutError is one, too
        pass


class Link:
    """A byte stream each way that outlives its transports (sections 3, 5 and 6)."""

    def __init__(self, welcome, mux):
        self.mux = mux
        self.id, self.secret = bytes.fromhex(welcome["link"]), bytes.fromhex(welcome["secret"])
        self.resume_within, self.ping_after, self.dead_after = (
            welcome[key] / 1000 for key in ("resumeMs", "pingAfterMs", "deadAfterMs"))
        self.ack_every = min(131_072, welcome["terms"]["resend"] // 4)
        self.pings = Limit("pings", 64, 4)
        self.epoch = 0
        self.received = 0  # bytes of the server's stream
        self.kept, self.kept_from = bytearray(), 0  # what the server has not acknowledged
        self.start(0)

    def start(self, server_has):
        """Begins a transport. RESUME and RESUMED have told each end what the other has."""
        self.acknowledge(server_has)
        self.sent, self.ack_sent, self.ack_due = server_has, self.received, 0.0
        self.ping = self.pong = b""  # these are never kept

    def acknowledge(self, server_has):
        del self.kept[:server_has - self.kept_from]
        self.kept_from = server_has

    def prove(self, text, payload):
        return payload + hmac.digest(self.secret, text + payload, "sha256")

    def resume(self):
        self.epoch += 1
        return record(RESUME, self.prove(
            b"tun1 resume", self.id + struct.pack(">IQ", self.epoch, self.received)))

    def resumed(self, answer):
        head = self.id + struct.pack(">I", self.epoch)
        received = int.from_bytes(answer[20:28], "big")
        proved = self.prove(b"tun1 resumed", head + answer[20:28])
        if not (hmac.compare_digest(answer, proved)
                and self.kept_from <= received <= self.kept_from + len(self.kept)):
            raise Cut("a RESUMED that is forged or impossible")
        self.start(received)

    def take(self, kind, payload):
        if kind == DATA:
            if self.received == self.ack_sent:
                self.ack_due = time.monotonic() + 1
            self.received += len(payload)
            self.mux.take(payload)
        elif kind == ACK:
            count = int.from_bytes(payload, "big")
            require(self.kept_from <= count <= self.sent, "bad_ack", str(count))
            self.acknowledge(count)
        elif kind == PING:
            self.pings.take()
            self.pong = payload  # of several pings only the last need be answered
        elif kind == CLOSE:
            number = int.from_bytes(payload[:2], "big")
            code = CLOSE_CODES[number] if number < len(CLOSE_CODES) else "internal"
            raise Closed(code, payload[2:].decode("utf-8", "replace"))

    def next_records(self):
        """What is to be sent now. What has to be quick goes before data (section 5)."""
        data, out, waiting = self._next_data(), b"", self.received - self.ack_sent
        if waiting and (data or self.pong or waiting >= self.ack_every
                        or time.monotonic() >= self.ack_due):
            out = record(ACK, struct.pack(">Q", self.received))
            self.ack_sent = self.received
        out += (self.pong and record(PONG, self.pong)) + (self.ping and record(PING, self.ping))
        self.ping = self.pong = b""
        return out + (data and record(DATA, data))

    def _next_data(self):
        end = self.kept_from + len(self.kept)
        if self.sent == end and len(self.kept) + LONGEST_FRAME <= TERMS["resend"]:
            self.kept += self.mux.next_frame()
        begin = self.sent - self.kept_from
        data = bytes(self.kept[begin:begin + PIECE])
        self.sent += len(data)
        return data


class Mux:
    """Divides the byte streams among streams and control messages (sections 7, 8 and 11)."""

    def __init__(self, server_window, on_control):
        self.server_window, self.on_control = server_window, on_control
        self.buffer, self.header_checked = bytearray(), False
        self.streams = {}  # slot to Stream, for those that are not over
        self.opened = [0] * TERMS["streams"]  # how many streams each slot has had
        self.ready = {}  # streams that may have something to say, in turn (a dict keeps its order)
        self.claims, self.leaving = [], False  # CLAIM frames to be sent; whether there are no more
        self.controls, self.unknown = Limit("control", 512, 16), Limit("unknown frames", 1024, 256)
        self.late = Limit("late frames", 65_536, 0)

    def take(self, data):
        self.buffer += data
        while len(self.buffer) >= 8:
            length = int.from_bytes(self.buffer[:3], "big")
            kind, flags, slot, generation = struct.unpack_from(">BBHB", self.buffer, 3)
            if not self.header_checked:
                self._check_header(length, kind, flags, slot or generation)
            self.header_checked = len(self.buffer) < 8 + length
            if self.header_checked:
                return  # until the rest comes
            payload = bytes(self.buffer[8:8 + length])
            del self.buffer[:8 + length]
            if kind == OPEN:
                self._open(slot, generation, payload, flags)
            elif kind in CONTROL_KEYS:
                self.on_control(kind, parse_json(payload, CONTROL_KEYS[kind]))
            elif kind < GOAWAY and (stream := self._find(kind, slot, generation)):
                stream.take(kind, payload, flags)
                self._turn(stream)

    def _check_header(self, length, kind, flags, stream_named):
        what = f"frame {kind:02x}, length {length}, flags {flags:02x}"
        require(kind not in CLIENT_ONLY, "unexpected_frame", what)
        require(kind in FRAMES, "bad_frame", what)
        least, most, good_flags = FRAMES[kind]
        require(length <= most, "frame_too_large", what)
        require(length >= least and flags in good_flags, "bad_frame", what)
        require(length or flags or kind != BODY, "bad_frame", "empty DATA")
        if kind in CONTROL:
            require(not stream_named, "bad_frame", what)
            self.controls.take()
        elif kind >= 0x80:
            self.unknown.take()

    def _open(self, slot, generation, payload, flags):
        good = (slot < len(self.opened) and slot not in self.streams
                and generation == self.opened[slot] % 256)
        require(good, "bad_stream", f"OPEN in slot {slot}, generation {generation}")
        self.opened[slot] += 1
        self.streams[slot] = Stream(slot, generation, self.server_window, payload, flags)
        self._turn(self.streams[slot])

    def _find(self, kind, slot, generation):
        """The stream that a frame is for, or None if that is over and the frame merely late."""
        opened = self.opened[slot] if slot < len(self.opened) else 0
        age = (opened - 1 - generation) % 256
        if opened and age == 0 and slot in self.streams:
            return self.streams[slot]
        require(age < min(2, opened) and kind in (CREDIT, RESET), "bad_stream", f"slot {slot}")
        self.late.take()
        return None

    def _turn(self, stream):
        """Queues a stream that may have something to say, or forgets it when it is over."""
        if not (stream.ended and stream.server_ended):
            self.ready[stream] = True
        elif self.streams.pop(stream.name[0], None):
            self.late.left += 4

    def next_frame(self):
        """The next frame of our byte stream; empty if there is nothing to say."""
        if self.claims:
            return self.claims.pop()
        while self.ready:
            stream = next(iter(self.ready))
            del self.ready[stream]
            if found := stream.next_frame():
                self._turn(stream)
                return found
        return b""


class Stream:
    """One request, and its echo: a head, then the body as it comes, then the trailers."""

    def __init__(self, slot, generation, server_window, payload, flags):
        self.name = slot, generation
        self.may_send, self.may_receive, self.read = server_window, TERMS["window"], 0
        self.body, self.trailers, self.reset = bytearray(), b"", None
        self.ended = self.server_ended = False
        head_end = 3 + int.from_bytes(payload[:3], "big")
        self.head = self._answer(payload[3:head_end])
        self._take_body(payload[head_end:], flags)

    def _answer(self, head):
        """Reads the head of OPEN and makes that of RESPONSE, both from section 9."""
        require(len(head) <= 131_072, "bad_frame", "a head that is too long")

        def take(length):
            nonlocal head
            require(length <= len(head), "bad_frame", "a head that is cut")
            taken, head = head[:length], head[length:]
            return taken

        def number(length):
            return int.from_bytes(take(length), "big")

        kind, _tunnel, _visitor, _extra = number(1), number(2), take(number(1)), take(number(2))
        if kind == 2:  # tcp, for which we have no tunnel
            self.reset = NOT_LOOKED_AT
            return b""
        scheme, version, method, target = number(1), number(1), take(number(1)), take(number(2))
        _authority = take(number(2))
        require(kind == 1 and scheme < 2 and version < 2, "bad_frame", "a field out of range")
        answer = (struct.pack(">HBHH", 200, 1, 0, 2) + b"OK"
                  + b"X-Method: " + method + b"\r\nX-Target: " + target + b"\r\n")
        return len(answer).to_bytes(3, "big") + answer

    def take(self, kind, payload, flags):
        if kind == CREDIT:
            granted = int.from_bytes(payload, "big")
            self.may_send += granted
            require(granted, "bad_frame", "CREDIT of 0")
            require(self.may_send <= MAX_WINDOW, "flow_violation", "a window beyond the maximum")
        elif kind == RESET:
            self.reset, self.server_ended = CANCELLED, True  # answered with RESET, and nothing else
        else:
            require(not self.server_ended, "unexpected_frame", "more after the end")
            if kind == TRAILERS:
                self.trailers, self.server_ended = payload, True
            else:
                self._take_body(payload, flags)

    def _take_body(self, payload, flags):
        self.may_receive -= len(payload)
        require(self.may_receive >= 0, "flow_violation", "more bytes than were granted")
        self.body += payload
        self.server_ended = flags == FIN

    def next_frame(self):
        """What is to be said next; empty if there is nothing, or the server has granted nothing."""
        if self.ended:
            return b""
        if self.reset is not None:
            self.ended = True
            return frame(RESET, struct.pack(">H", self.reset), *self.name)
        if self.read >= TERMS["window"] // 4 and not self.server_ended:
            granted, self.read = self.read, 0
            self.may_receive += granted
            return frame(CREDIT, struct.pack(">I", granted), *self.name)
        piece = b""
        if self.head:
            kind, piece, self.head = RESPONSE, self.head, b""
        elif self.body and self.may_send:
            kind, piece = BODY, bytes(self.body[:min(PIECE, self.may_send)])
            del self.body[:len(piece)]
            self.may_send -= len(piece)
            self.read += len(piece)  # only now: who does not take the answer gets no more credit
        elif self.body or not self.server_ended:
            return b""
        else:  # everything was said but the end
            kind, piece, self.trailers = (TRAILERS if self.trailers else BODY), self.trailers, b""
        self.ended = self.server_ended and not self.body and not self.trailers
        return frame(kind, piece, *self.name, FIN if self.ended else NONE)


class Client:
    """Keeps a session going, whatever becomes of its transports, and a tunnel claimed in it."""

    def __init__(self, endpoint, token):
        self.address, self.token = (endpoint.hostname, endpoint.port), token
        self.nonce, self.claim_nonce = secrets.token_hex(16), secrets.token_hex(16)
        self.link, self.wake, self.delay = None, asyncio.Event(), 0.0

    async def run(self):
        while True:
            try:
                async with asyncio.timeout(10):
                    reader, writer = await asyncio.open_connection(*self.address)
                await self.use(reader, writer)
            except OSError as error:
                print(f"no transport: {error!r}", file=sys.stderr)
            await asyncio.sleep(self.delay)
            self.delay = min(0.8, 2 * self.delay + 0.05)

    async def use(self, reader, writer):
        """Uses one transport for as long as it lasts. Returns only if all is to start anew."""
        writer.transport.set_write_buffer_limits(0)  # drain() waits until the system has it all
        try:
            async with asyncio.timeout(10):
                await self.handshake(reader, writer)
            self.delay = 0.0
            try:
                async with asyncio.TaskGroup() as jobs:
                    jobs.create_task(self.receive(reader))
                    jobs.create_task(self.send(writer))
            except ExceptionGroup as group:
                self.link.expires = time.monotonic() + self.link.resume_within
                raise group.exceptions[0] from None
        except HangUp as end:
            await hang_up(reader, writer, *end.args)
            sys.exit(f"hung up: {end}")
        except Closed as end:
            if end.args[0] == "normal":
                sys.exit(0)
            if end.args[0] not in ("going_away", "internal"):  # others would come again
                sys.exit(f"closed by the server: {end}")
            self.link, self.delay = None, 1.0
        finally:
            writer.transport.abort()

    async def handshake(self, reader, writer):
        """RESUME if there is something to resume, else, or if that is refused, HELLO (4 and 6)."""
        answers = records(reader, HANDSHAKE_RECORDS, (10,), lambda: None)
        try:
            if self.link and time.monotonic() < self.link.expires:
                writer.write(self.link.resume())
                if resumed := await self.answer(answers, RESUMED):
                    return self.link.resumed(resumed)
            self.link = None
            hello = {"agent": "tun-python/1.0", "nonce": self.nonce, "terms": TERMS}
            hello |= {"token": self.token} if self.token else {}
            writer.write(record(HELLO, b"tun\1\1" + json.dumps(hello).encode()))
            if not (welcome := await self.answer(answers, WELCOME)):
                sys.exit("refused for good")
            welcome = parse_json(welcome, WELCOME_KEYS)
            self.link = Link(welcome, Mux(welcome["terms"]["window"], self.on_control))
            self.nonce = secrets.token_hex(16)  # the old one would drop this session (section 4)
            self.claim()
        except (HangUp, ValueError, KeyError) as wrong:
            raise Cut(f"a handshake that cannot be read: {wrong}") from wrong  # section 14, last

    async def answer(self, answers, wanted):
        """The payload of the answer to HELLO or RESUME, or None if that is refused for good."""
        kind, payload = await anext(answers)
        if kind == wanted:
            return payload
        require(kind == REFUSED, "bad_record", f"type {kind:02x}")
        refusal = parse_json(payload, REFUSED_KEYS)
        print(f"refused: {refusal}", file=sys.stderr)
        if refusal["final"]:
            return None
        self.delay = max(self.delay, refusal.get("retryAfterMs", 0) / 1000)
        raise Cut("refused for now")

    async def receive(self, reader):
        link = self.link
        patience = link.ping_after, link.dead_after - link.ping_after
        async for kind, payload in records(reader, SESSION_RECORDS, patience, self.on_silence):
            link.take(kind, payload)
            self.wake.set()

    async def send(self, writer):
        link = self.link
        while True:
            self.wake.clear()
            if out := link.next_records():
                try:
                    writer.write(out)
                    await writer.drain()
                except ConnectionError:
                    return  # what has arrived may still say why; receive() notices the end
                continue
            over = link.mux.leaving and not link.mux.streams and not link.kept
            require(not over, "normal", "no tunnels left")
            wait = link.ack_due - time.monotonic() if link.received > link.ack_sent else None
            try:
                async with asyncio.timeout(wait):
                    await self.wake.wait()
            except TimeoutError:
                pass

    def on_silence(self):
        self.link.ping = os.urandom(8)
        self.wake.set()

    def claim(self):
        claim = {"tunnel": 1, "kind": "http", "mode": "claim", "name": "conformance",
                 "nonce": self.claim_nonce}
        self.link.mux.claims.append(frame(CLAIM, json.dumps(claim).encode()))
        self.wake.set()

    def on_control(self, kind, message):
        print(f"control frame {kind:02x}: {message}", file=sys.stderr)
        if kind in (CLAIMED, CLAIM_REFUSED):
            self.claim_nonce = secrets.token_hex(16)
        if kind == REVOKED or message.get("final"):
            self.link.mux.leaving = True
        elif kind == CLAIM_REFUSED:
            wait = message.get("retryAfterMs", 1000) / 1000
            asyncio.get_running_loop().call_later(wait, self.claim)


if __name__ == "__main__":
    asyncio.run(Client(urlsplit(os.environ["TUN_ENDPOINT"]), os.environ.get("TUN_TOKEN")).run())
