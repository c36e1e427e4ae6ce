import { assertEquals, assertThrows } from "@std/assert";
import { HandshakeRefused } from "@tun/protocol";
import { subjectOwner } from "../registry/owner.ts";
import { MOST_SESSIONS, OwnerSessions } from "./owner_sessions.ts";

const [ADA, BOB] = [await subjectOwner("tun", "ada"), await subjectOwner("tun", "bob")];

/** A session that writes down its end. */
function session(name: string, ended: string[], hasTunnels = false) {
  return { hasTunnels: () => hasTunnels, end: () => void ended.push(name) };
}

Deno.test("OwnerSessions: the oldest without a tunnel makes room, and nobody else's", () => {
  const sessions = new OwnerSessions();
  const ended: string[] = [];
  sessions.add(BOB, session("bob", ended));
  sessions.add(ADA, session("with a tunnel", ended, true));
  for (let i = 1; i < MOST_SESSIONS; i++) sessions.add(ADA, session(`${i}`, ended));
  assertEquals(ended, []);
  sessions.add(ADA, session("one more", ended));
  sessions.add(ADA, session("another", ended));
  assertEquals(ended, ["1", "2"]);
});

Deno.test("OwnerSessions refuses when all have tunnels, until one is over", () => {
  const sessions = new OwnerSessions();
  const ended: string[] = [];
  const seats = Array.from(
    { length: MOST_SESSIONS },
    (_, i) => sessions.add(ADA, session(`${i}`, ended, true)),
  );
  const error = assertThrows(() => sessions.add(ADA, session("x", ended)), HandshakeRefused);
  assertEquals([error.code, error.final], ["overloaded", false]);
  seats[0]![Symbol.dispose]();
  sessions.add(ADA, session("y", ended));
  assertEquals(ended, []);
});

Deno.test("OwnerSessions keeps nothing of who is gone", () => {
  const sessions = new OwnerSessions();
  const seat = sessions.add(ADA, session("x", []));
  assertEquals(sessions.owners, 1);
  seat[Symbol.dispose]();
  seat[Symbol.dispose]();
  assertEquals(sessions.owners, 0);
});
