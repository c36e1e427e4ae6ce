import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openStateDirectory, StateError } from "./state_directory.ts";

async function withDirectory(use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir();
  try {
    await use(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("openStateDirectory() lets one server in at a time", () =>
  withDirectory(async (path) => {
    const first = await openStateDirectory(`${path}/state`);
    const error = await assertRejects(() => openStateDirectory(`${path}/state`), StateError);
    assertEquals(error.code, "in_use");
    assertStringIncludes(error.message, `--state ${path}/state`);
    first[Symbol.dispose]();
    using _second = await openStateDirectory(`${path}/state`);
  }));

Deno.test("openStateDirectory() says so where there can be no directory", () =>
  withDirectory(async (path) => {
    await Deno.writeTextFile(`${path}/file`, "");
    const error = await assertRejects(() => openStateDirectory(`${path}/file`), StateError);
    assertEquals(error.code, "not_writable");
  }));
