import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { CredentialsError, keepToken, readToken } from "./credentials.ts";

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await test(`${parent}/deep/tun`);
  } finally {
    await Deno.chmod(parent, 0o700);
    await Deno.remove(parent, { recursive: true });
  }
}

const A = "https://a.example.com:443/connect";
const B = "https://b.example.com:443/connect";

Deno.test("keepToken keeps one token for each endpoint, for its owner's eyes", () =>
  inDirectory(async (directory) => {
    assertEquals(await readToken(directory, A), { warnings: [] });
    const path = await keepToken(directory, A, "first");
    await keepToken(directory, B, "other");
    await keepToken(directory, A, "second");
    assertEquals(await readToken(directory, A), { token: "second", warnings: [] });
    assertEquals(await readToken(directory, B), { token: "other", warnings: [] });
    assertEquals((await readToken(directory, "__proto__")).token, undefined);
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    assertEquals((await Deno.stat(directory)).mode! & 0o777, 0o700);
    assertEquals((await Array.fromAsync(Deno.readDir(directory))).length, 1, "nothing left over");
  }));

Deno.test("readToken warns when others can read the file", () =>
  inDirectory(async (directory) => {
    const path = await keepToken(directory, A, "token");
    await Deno.chmod(path, 0o644);
    const { token, warnings } = await readToken(directory, A);
    assertEquals(token, "token");
    assertMatch(warnings[0]!, /chmod 600/);
  }));

Deno.test("A file that makes no sense is neither quoted nor overwritten", () =>
  inDirectory(async (directory) => {
    const path = await keepToken(directory, A, "token");
    await Deno.writeTextFile(path, "secret{");
    for (const use of [() => readToken(directory, A), () => keepToken(directory, A, "x")]) {
      const error = await assertRejects(use, CredentialsError);
      assertEquals(error.code, "credentials_unreadable");
      assertEquals(error.message.includes("secret"), false);
    }
    assertEquals(await Deno.readTextFile(path), "secret{");
  }));

Deno.test("Entries of a wrong shape are no tokens", () =>
  inDirectory(async (directory) => {
    const path = await keepToken(directory, A, "token");
    for (const text of ["null", "[]", `{"${A}":null}`, `{"${A}":{"token":5}}`]) {
      await Deno.writeTextFile(path, text);
      assertEquals((await readToken(directory, A)).token, undefined, text);
    }
  }));

Deno.test("keepToken says that it cannot write", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/credentials.json`;
    await Deno.mkdir(file, { recursive: true });
    const error = await assertRejects(() => keepToken(directory, A, "x"), CredentialsError);
    assertEquals(error.code, "credentials_unwritable");
    assertMatch((await readToken(directory, A)).warnings[0]!, /going on without its token/);
  }));
