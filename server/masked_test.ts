import { assertEquals } from "@std/assert";
import { masked } from "./masked.ts";

Deno.test("masked() hides tokens, passwords of addresses and queries, and nothing else", () => {
  const cases = [
    ['got "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"', 'got "********"'],
    ["no port: eyJhbGciOiJIUzI1NiJ9.eyJz:3000", "no port: ********:3000"],
    ['"http://user:p:a/s@s@host:1": leave out', '"http://********@host:1": leave out'],
    ["https://token@host/", "https://********@host/"],
    ["--host user:pass@host beside", "--host ********@host beside"],
    ['"https://host/?key=a&b=c": leave out', '"https://host/?********": leave out'],
    ["tun.toml:7: tunnels.web.port: did you mean --port?"],
    ["https://host/@scope/page, not user@host"],
  ] as const;
  for (const [text, hidden = text] of cases) assertEquals(masked(text), hidden);
});
