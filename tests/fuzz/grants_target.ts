/**
 * What a client may do: any order of claims, releases and fresh tokens, with an operator
 * who denies people and changes what they may do in between. Whenever everything is
 * settled, no session has a tunnel beyond its grant, nobody who is denied has one, and no
 * visitor gets to a tunnel that its client may not have.
 *
 * What is granted is worked out here once more, from the claims and in another way than
 * the server does.
 *
 * @module
 */

import { type Claim, HandshakeRefused, type Session } from "@tun/protocol";
import { grantFromClaims } from "../../server/auth/grant.ts";
import type { Identity } from "../../server/auth/identity.ts";
import { refuse } from "../../server/auth/refusal.ts";
import { subjectOwner } from "../../server/registry/owner.ts";
import type { SessionControl } from "../../server/control/session_control.ts";
import { ControlHouse } from "../support/control_house.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { Tape } from "./tape.ts";
import { claim, type FuzzTarget } from "./target.ts";

const SUBJECTS = ["ada", "bob"] as const;

/** Names that are wanted, some of which nobody could have. */
const NAMES = [undefined, "app", "app-1", "app-x-1", "api", "b", "-", "APP", "app.", "*"] as const;

const PORTS = [undefined, 30000, 30001, 30002, 40000, 0, 70000] as const;

/** The rights that tokens give. */
const RIGHTS: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { names: ["*"], ports: ["1-65535"] },
  { names: ["app"], kinds: ["http"] },
  { names: ["app-*"], ports: ["30000-30001"], tunnels: 2 },
  { names: ["a*1", "b"], ports: ["30002"], tunnels: 1 },
  { kinds: ["tcp"], ports: ["30000", "40000"] },
  { kinds: [] },
  { names: ["*-*"], tunnels: 3 },
];

/** Enough that a refused claim does not wait for the registry. */
const SETTLED_MS = 50;

/** More would run into the budget for control frames, which is another target's business. */
const MOST_FRAMES = 300;

interface Guest {
  readonly subject: string;
  readonly session: Session;
  readonly control: SessionControl;
  /** What the last token that it showed says. */
  rights: number;
}

/** The server, and what the operator thinks that they have said. */
class World {
  house!: ControlHouse;
  readonly denied = new Set<string>();
  readonly ruled = new Map<string, number>();
  readonly guests: Guest[] = [];
  frames = 0;
  checks = 0;

  rightsOf({ subject, rights }: Pick<Guest, "subject" | "rights">): number {
    return this.ruled.get(subject) ?? rights;
  }

  async identity(token: string): Promise<Identity> {
    const { subject, rights } = JSON.parse(token);
    const owner = await subjectOwner("", subject);
    const claims = { subject, rights };
    return this.judge({
      owner,
      label: subject,
      expiresAt: Infinity,
      grant: grantFromClaims({}),
      proof: { claims, alg: "HS256", fingerprint: "" },
    });
  }

  judge(identity: Identity): Identity {
    const { subject, rights } = identity.proof!.claims as { subject: string; rights: number };
    if (this.denied.has(subject)) throw refuse("token_revoked");
    return { ...identity, grant: grantFromClaims(RIGHTS[this.rightsOf({ subject, rights })]!) };
  }

  /** Says what is wrong, once nothing is under way. */
  async settle(): Promise<void> {
    await this.house.clock.advance(SETTLED_MS);
    for (const guest of this.guests) this.#check(guest);
    for (const name of NAMES) {
      const found = this.house.names.lookup(name ?? "");
      if (found.state !== "online") continue;
      const holder = this.guests.find(({ control }) =>
        Array.from(control.tunnels).some(({ route }) => route === found.route)
      );
      claim(holder !== undefined, `Visitors of ${name} get to a tunnel that nobody has`);
    }
  }

  #check(guest: Guest): void {
    const tunnels = Array.from(guest.control.tunnels);
    this.checks += 1 + tunnels.length;
    const isDenied = this.denied.has(guest.subject);
    claim(!isDenied || guest.session.end !== undefined, `${guest.subject} is denied, and still in`);
    if (guest.session.end !== undefined) return claim(tunnels.length === 0, "An end with tunnels");
    const { names, ports, kinds = ["http", "tcp"], tunnels: most = 100 } = RIGHTS[
      this.rightsOf(guest)
    ] as { names?: string[]; ports?: string[]; kinds?: string[]; tunnels?: number };
    claim(tunnels.length <= most, `${tunnels.length} tunnels, ${most} are granted`);
    for (const { kind, lease: { name } } of tunnels) {
      claim(kinds.includes(kind), `A ${kind} tunnel, ${kinds} are granted`);
      if (kind === "tcp") claim(isInRanges(Number(name), ports), `Port ${name} of ${ports}`);
      else claim(isRandom(name) || isNamed(name, names), `Name ${name} of ${names}`);
    }
  }
}

function isInRanges(port: number, ranges: readonly string[] = []): boolean {
  return ranges.some((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return port >= first! && port <= last!;
  });
}

/** Names of this shape cannot be chosen. */
function isRandom(name: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{12}$/.test(name);
}

function isNamed(name: string, patterns: readonly string[] = []): boolean {
  return patterns.some((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name));
}

function make(random: SeededRandom): Uint8Array {
  return random.bytes(20 + random.size(400));
}

async function check(input: Uint8Array): Promise<number> {
  const tape = new Tape(input);
  const world = new World();
  world.house = await ControlHouse.open(
    (token) => world.identity(token),
    (identity) => world.judge(identity),
  );
  await using house = world.house;
  while (!tape.isOver) {
    await step(tape, world);
    if (tape.chance(100)) await world.settle();
  }
  await world.settle();
  for (const { session } of world.guests) session.close();
  await house.clock.advance(SETTLED_MS);
  return world.checks;
}

async function step(tape: Tape, world: World): Promise<void> {
  const what = tape.below(16);
  if (what === 0) return await enter(tape, world);
  if (what === 1) return deny(tape, world);
  if (what === 2) return rule(tape, world);
  const guest = world.guests[tape.below(Math.max(1, world.guests.length))];
  if (guest === undefined) return await enter(tape, world);
  if (guest.session.end !== undefined || world.frames >= MOST_FRAMES) return;
  world.frames++;
  if (what < 10) return guest.session.sendControl(claimOf(tape));
  if (what < 13) return guest.session.sendControl({ type: "release", tunnel: tape.below(5) });
  const subject = tape.chance(200) ? guest.subject : tape.pick(SUBJECTS);
  const rights = tape.below(RIGHTS.length);
  guest.session.sendControl({ type: "auth", token: JSON.stringify({ subject, rights }) });
  // Somebody else's changes nothing.
  if (subject === guest.subject) guest.rights = rights;
}

function claimOf(tape: Tape): Claim {
  const kind = tape.chance(160) ? "http" : "tcp";
  const name = kind === "http" ? tape.pick(NAMES) : undefined;
  const port = kind === "tcp" ? tape.pick(PORTS) : undefined;
  return {
    type: "claim",
    tunnel: tape.below(5),
    kind,
    mode: tape.chance(40) ? "reclaim" : "claim",
    generation: tape.below(4),
    key: `key ${tape.below(3)}`,
    ...(name === undefined ? {} : { name }),
    ...(port === undefined ? {} : { port }),
  };
}

async function enter(tape: Tape, world: World): Promise<void> {
  const subject = tape.pick(SUBJECTS);
  const rights = tape.below(RIGHTS.length);
  const before = new Set(world.house.clients.controls);
  try {
    const token = JSON.stringify({ subject, rights });
    const { session } = await world.house.enter("cd".repeat(32), token);
    const control = Array.from(world.house.clients.controls).find((one) => !before.has(one));
    claim(control !== undefined && !world.denied.has(subject), "Somebody denied has come in");
    world.guests.push({ subject, session, control, rights });
  } catch (error) {
    if (!(error instanceof HandshakeRefused)) throw error;
    claim(world.denied.has(subject), `${subject} was refused: ${error.code}`);
  }
}

/** Denies somebody at once, or lets them in again. */
function deny(tape: Tape, world: World): void {
  const subject = tape.pick(SUBJECTS);
  if (tape.chance(100)) world.denied.add(subject);
  else world.denied.delete(subject);
  world.house.clients.judgeAgain();
}

/** Changes what somebody may do, whatever their tokens say, or leaves that to those. */
function rule(tape: Tape, world: World): void {
  const subject = tape.pick(SUBJECTS);
  if (tape.chance(170)) world.ruled.set(subject, tape.below(RIGHTS.length));
  else world.ruled.delete(subject);
  world.house.clients.judgeAgain();
}

/** See the head of this file. */
export const grantsTarget: FuzzTarget = {
  name: "grants",
  unit: "events",
  share: 1,
  make,
  check,
};
