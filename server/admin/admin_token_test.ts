import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { ADMIN_TOKEN_FILE, AdminToken, isAdminToken } from "./admin_token.ts";

const GIVEN = "operators-of-tun-internal";

async function inDirectory(test: (state: string, file: string) => Promise<void>): Promise<void> {
  const state = await Deno.makeTempDir({ prefix: "tun-test-" });
  try {
    await test(state, `${state}/${ADMIN_TOKEN_FILE}`);
  } finally {
    await Deno.remove(state, { recursive: true });
  }
}

Deno.test("AdminToken makes a token once, for the server's user alone", () =>
  inDirectory(async (state, file) => {
    const first = await AdminToken.open(undefined, state);
    const made = (await Deno.readTextFile(file)).trim();
    assert(isAdminToken(made) && made.length > 40);
    assert(await first.accepts(made));
    if (Deno.build.os !== "windows") assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
    assert(await (await AdminToken.open(undefined, state)).accepts(made));
  }));

Deno.test("AdminToken that is given leaves no file", () =>
  inDirectory(async (state, file) => {
    const token = await AdminToken.open(GIVEN, state);
    assert(await token.accepts(GIVEN));
    await assertRejects(() => Deno.stat(file), Deno.errors.NotFound);
  }));

Deno.test("AdminToken accepts nothing that only resembles it", () =>
  inDirectory(async (state) => {
    const token = await AdminToken.open(GIVEN, state);
    for (
      const other of ["", GIVEN.slice(1), GIVEN.slice(0, -1), GIVEN + " ", GIVEN.toUpperCase()]
    ) {
      assert(!await token.accepts(other), other);
    }
  }));

Deno.test("AdminToken does not take a file that anybody could guess", () =>
  inDirectory(async (state, file) => {
    for (const text of ["", "short\n", "x y ".repeat(20)]) {
      await Deno.writeTextFile(file, text);
      await AdminToken.open(undefined, state);
      assertNotEquals(await Deno.readTextFile(file), text);
    }
  }));

Deno.test("AdminToken changes when it is told to, and not when that fails", () =>
  inDirectory(async (state, file) => {
    const token = await AdminToken.open(GIVEN, state);
    const change = await token.prepare(`${GIVEN}-2`);
    assert(await token.accepts(GIVEN));
    change();
    assertEquals([await token.accepts(GIVEN), await token.accepts(`${GIVEN}-2`)], [false, true]);
    await Deno.mkdir(file);
    await assertRejects(() => token.prepare(undefined));
    assert(await token.accepts(`${GIVEN}-2`));
  }));
