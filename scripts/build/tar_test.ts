import { assertEquals, assertThrows } from "@std/assert";
import { gzip, tar } from "./tar.ts";

const PROGRAM = crypto.getRandomValues(new Uint8Array(1025));

const MEMBERS = [
  { path: "tun-1.0.0/tun", bytes: PROGRAM, isExecutable: true },
  { path: "tun-1.0.0/LICENSE", bytes: new Uint8Array(512), isExecutable: false },
  { path: "tun-1.0.0/empty", bytes: new Uint8Array(), isExecutable: false },
];

Deno.test("tar() makes archives that the system's tar unpacks", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/a.tar.gz`, await gzip(tar(MEMBERS)));
    const { success, stderr } = await new Deno.Command("tar", {
      args: ["xzf", "a.tar.gz"],
      cwd: folder,
    }).output();
    assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
    for (const { path, bytes, isExecutable } of MEMBERS) {
      assertEquals(await Deno.readFile(`${folder}/${path}`), bytes);
      const { mode } = await Deno.stat(`${folder}/${path}`);
      if (mode !== null) assertEquals(mode & 0o100, isExecutable ? 0o100 : 0, path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tar() gives the same bytes for the same files", () => {
  assertEquals(tar(MEMBERS), tar(MEMBERS));
});

Deno.test("tar() refuses a path that does not fit", () => {
  const member = { path: "x".repeat(101), bytes: new Uint8Array(), isExecutable: false };
  assertThrows(() => tar([member]), RangeError);
});
