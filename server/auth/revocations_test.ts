import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readRevocations, RevocationError, Revocations } from "./revocations.ts";

Deno.test("readRevocations() reads lines and JSON alike", () => {
  assertEquals(readRevocations("# gone\n\njti:1\r\n sub:eve: the second \n"), [
    "jti:1",
    "sub:eve: the second",
  ]);
  assertEquals(readRevocations('{"jti":["1"],"sub":["eve"]}'), ["jti:1", "sub:eve"]);
});

Deno.test("readRevocations() refuses what it does not understand: it would let somebody in", () => {
  const wrong = ["eve", "jti:", "sub:a\nbob", "JTI:1", "jti:\u0000", '{"jti":"1"}', '{"ids":[]}'];
  for (const text of [...wrong, '{"jti":[1]}', "{", '{"jti":[],"jti":["1"]}']) {
    assertThrows(() => readRevocations(text), RevocationError, undefined, text);
  }
});

Deno.test("Revocations keep what they are told, in order, and a damaged file stops the start", async () => {
  const state = await Deno.makeTempDir();
  try {
    const revocations = await Revocations.open(state);
    await Promise.all(Array.from({ length: 20 }, (_, i) => revocations.add(`jti:${i}`)));
    await revocations.remove("jti:3");
    const again = await Revocations.open(state);
    assertEquals(again.list().length, 19);
    assertEquals(again.has({ subject: "x", tokenId: "4" }), true);
    assertEquals(again.has({ subject: "x", tokenId: "3" }), false);
    assertEquals(again.has({ subject: "jti:4", tokenId: undefined }), false);
    await assertRejects(() => again.add("jti:a\nsub:b"), RevocationError);
    await Deno.writeTextFile(`${state}/revoked`, "jti:1\nnonsense\n");
    await assertRejects(() => Revocations.open(state), RevocationError, "line 2");
  } finally {
    await Deno.remove(state, { recursive: true });
  }
});
