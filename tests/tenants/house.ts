/**
 * Two tenants of one server: Alice, who is honest, with a real client and a real app, and
 * Mallory, who has a good token of her own and speaks the protocol as she likes.
 *
 * @module
 */

import type { ServerConfig } from "../../server/mod.ts";
import { mintToken } from "../../server/auth/mint.ts";
import type { ServerLink } from "../conformance/server_suite/server_link.ts";
import { ServerTester } from "../conformance/server_suite/server_tester.ts";
import { EventLog } from "../support/event_log.ts";
import { type BootedClient, type BootedServer, bootServer } from "../support/tunnel_boot.ts";

const SECRET = "a secret of the house in which two tenants live";
const PATIENCE_MS = 10_000;

/** Alice's name. */
export const ALICE = "shop";

/** Mallory's name. */
export const MALLORY = "evil";

/**
 * Mallory may have every name and port, as most tokens say: what protects Alice is that she
 * has hers already.
 */
const MALLORYS_RIGHTS = { names: ["*"], ports: ["1-65535"] };

/** What a claim can say. */
export type AnyClaim = Record<string, unknown> & { readonly tunnel: number };

/** The house. */
export class House implements AsyncDisposable {
  readonly server: BootedServer;
  /** Every request that Alice's app has seen: its method and path. */
  readonly seenByAlice: EventLog<string>;
  /** Lets Alice's app answer what was asked of it at `/held`. */
  readonly letGo: () => void;
  readonly #app: number;
  readonly #undo: AsyncDisposableStack;

  private constructor(
    server: BootedServer,
    app: number,
    seenByAlice: EventLog<string>,
    letGo: () => void,
    undo: AsyncDisposableStack,
  ) {
    this.server = server;
    this.#app = app;
    this.seenByAlice = seenByAlice;
    this.letGo = letGo;
    this.#undo = undo;
  }

  /** A server and Alice's app; nobody has a tunnel yet. */
  static async open(config: Partial<ServerConfig> = {}): Promise<House> {
    await using undo = new AsyncDisposableStack();
    const seen = new EventLog<string>();
    const { promise: isLetGo, resolve: letGo } = Promise.withResolvers<void>();
    const app = undo.use(
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
        const { pathname } = new URL(request.url);
        seen.add(`${request.method} ${pathname}`);
        if (pathname === "/held") await isLetGo;
        return new Response(`alice says ${pathname}`);
      }),
    );
    const auth = { kind: "jwt", secret: SECRET } as const;
    const server = undo.use(await bootServer({ auth, ...config }));
    undo.defer(letGo);
    return new House(server, app.addr.port, seen, letGo, undo.move());
  }

  /** The `Host` of a name. */
  host(name: string): string {
    return `${name}.localhost:${this.server.port}`;
  }

  /** A token of somebody. */
  token(sub: string, rights: Record<string, unknown> = MALLORYS_RIGHTS): Promise<string> {
    return mintToken({ sub, rights, ttlMs: 600_000 }, SECRET);
  }

  /** Alice's real client, with its tunnel up. */
  async alice(): Promise<BootedClient> {
    return await this.server.connect({
      target: this.#app,
      name: ALICE,
      token: await this.token("alice", { names: [ALICE] }),
    });
  }

  /** Somebody who plays a client by hand; Mallory unless it is said. */
  async scripted(sub = "mallory", name: string = MALLORY): Promise<ServerTester> {
    return new ServerTester({
      hostname: "127.0.0.1",
      port: this.server.server.tunnelAddress.port,
      token: await this.token(sub),
      name,
      patienceMs: PATIENCE_MS,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo[Symbol.asyncDispose]();
  }
}

/** Claims whatever: gives `claimed NAME` or the code of the refusal, and all that was said. */
export async function claim(
  { mux, link }: ServerLink,
  what: AnyClaim,
): Promise<{ readonly outcome: string; readonly said: string }> {
  await mux.sendJson(0x10, { kind: "http", mode: "claim", ...what });
  const answer = await link.watch.until(
    () =>
      mux.controls.find((control) =>
        (control.type === "claimed" || control.type === "claim_refused") &&
        control.tunnel === what.tunnel
      ),
    "an answer to CLAIM",
    PATIENCE_MS,
  );
  const said = JSON.stringify(answer);
  if (answer.type === "claimed") return { outcome: `claimed ${answer.name}`, said };
  return { outcome: answer.type === "claim_refused" ? answer.code : answer.type, said };
}
