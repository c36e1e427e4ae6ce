import { assertEquals } from "@std/assert";
import { SERVER_DEFAULTS, type ServerConfig } from "../config.ts";
import type { Log } from "../log/log.ts";
import { type ReadConfig, Reload } from "./reload.ts";
import type { ConfigChange } from "./settings.ts";

const IDLE: ConfigChange = { key: "idleTimeoutMs", setting: "idle-timeout", isLive: true };
const STATE: ConfigChange = { key: "state", setting: "state", isLive: false };

function reloading(
  configure: (config: ServerConfig) => Promise<readonly ConfigChange[]>,
  read: ReadConfig = () => ({ ok: true, config: SERVER_DEFAULTS }),
) {
  const said: string[] = [];
  const log: Log = {
    event: (name, fields = {}) => said.push([name, ...Object.values(fields)].join(" ")),
  };
  return { reload: new Reload({ read, configure, log }), said };
}

Deno.test("Reload says each change, each that waits for a restart, and that it is done", async () => {
  const { reload, said } = reloading(() => Promise.resolve([IDLE, STATE]));
  assertEquals(await reload.run(), {
    ok: true,
    changed: ["idle-timeout"],
    needsRestart: ["state"],
  });
  assertEquals(said, ["reloaded idle-timeout", "needs_restart state", "reload_done 1 1"]);
});

Deno.test("Reload gives the reason where the configuration cannot be read or used", async () => {
  const unread = reloading(
    () => Promise.reject(new Error("not called")),
    () => ({ ok: false, reason: "server.toml:3: no" }),
  );
  assertEquals(await unread.reload.run(), { ok: false, reason: "server.toml:3: no" });
  assertEquals(unread.said, ["reload_failed server.toml:3: no"]);
  const unused = reloading(() => Promise.reject(new Error("no such key")));
  assertEquals(await unused.reload.run(), { ok: false, reason: "no such key" });
  assertEquals(unused.said, ["reload_failed no such key"]);
});

Deno.test("Reload does one at a time, and reads again for each", async () => {
  let running = 0;
  let reads = 0;
  const { reload, said } = reloading(
    async () => {
      assertEquals(++running, 1);
      await Promise.resolve();
      running--;
      return [];
    },
    () => {
      assertEquals(running, 0);
      reads++;
      return { ok: true, config: SERVER_DEFAULTS };
    },
  );
  await Promise.all([reload.run(), reload.run(), reload.run()]);
  assertEquals(reads, 3);
  assertEquals(said, Array(3).fill("reload_done 0 0"));
});
