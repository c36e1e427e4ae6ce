/**
 * The attacker, a process of its own so that its work is not measured as the server's:
 *
 * ```sh
 * deno run -A tests/attacks/attacker.ts NAME '{"http":…,"tunnel":…,"host":…,"token":…}'
 * ```
 *
 * Attacks until its standard input ends, then prints what it counted, as JSON.
 *
 * @module
 */

import type { AttackTarget, Tally } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";

const [name, target] = Deno.args;
const attack = ATTACKS.find((one) => one.name === name);
if (attack === undefined || target === undefined) throw new Error(`No such attack: ${name}`);

const enough = new AbortController();
const tally: Tally = {};
const attacking = attack.run(JSON.parse(target) as AttackTarget, tally, enough.signal);
await Deno.stdin.readable.pipeTo(new WritableStream());
enough.abort();
// Who waits for a server that has nothing to say would wait for ever.
await Promise.race([attacking, new Promise((resolve) => setTimeout(resolve, 1000))]);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(tally)));
Deno.exit(0);
