import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { FieldKind, kindSet } from "./field_kind.ts";
import { HeaderBlock } from "./header_block.ts";
import { encodeLatin1, latin1 } from "./octets.ts";
import { HttpViolation } from "./violation.ts";

const encode = (text: string) => encodeLatin1(text.replaceAll("\n", "\r\n"));
const text = (bytes: Uint8Array) => latin1(bytes, 0, bytes.length).replaceAll("\r\n", "\n");

const LINES = "Host: a\nx-A:  1 \nX-B:\nSet-Cookie: a\nX-a: \t2\nVia: 1.1 x\n";
const block = HeaderBlock.parse(encode(LINES));

Deno.test("HeaderBlock finds lines whatever the case of their names", () => {
  assertEquals(block.lineCount, 6);
  assertEquals([block.has("X-A"), block.has("X-"), block.has("X-C")], [true, false, false]);
  assertEquals([block.get("x-a"), block.get("x-b"), block.get("x-c")], ["1", "", null]);
  assertEquals(block.getAll("X-A"), ["1", "2"]);
  assertEquals([...block.entries()].slice(1, 3), [["x-A", "1"], ["X-B", ""]]);
  assertEquals(block.kinds, kindSet(FieldKind.host, FieldKind.via));
  assertEquals(block.kindAt(5), FieldKind.via);
});

Deno.test("HeaderBlock.parse refuses bytes that are not just lines", () => {
  for (const wrong of ["X: y", "X: y\n\n", "\n", "X: y\nY", "X: y\n z\n", "X\n", "X: y\0\n"]) {
    assertThrows(() => HeaderBlock.parse(encode(wrong)), HttpViolation);
  }
  assertEquals(HeaderBlock.parse(new Uint8Array(0)).lineCount, 0);
});

Deno.test("HeaderEdit copies nothing if nothing changes", () => {
  const edit = block.edit().remove("X-C").removeKinds(kindSet(FieldKind.connection));
  assertStrictEquals(edit.toBytes().buffer, block.bytes.buffer);
  assertEquals(edit.byteLength, block.byteLength);
});

Deno.test("HeaderEdit removes, replaces in place and appends, and leaves the other bytes", () => {
  const edited = (change: (edit: ReturnType<typeof block.edit>) => unknown) => {
    const edit = block.edit();
    change(edit);
    const bytes = edit.toBytes();
    assertEquals(edit.byteLength, bytes.length);
    const target = new Uint8Array(bytes.length + 7);
    assertEquals(edit.writeTo(target, 3), bytes.length + 3);
    assertEquals(target.subarray(3, -4), bytes);
    return text(bytes);
  };
  assertEquals(
    edited((edit) => edit.remove("x-a")),
    "Host: a\nX-B:\nSet-Cookie: a\nVia: 1.1 x\n",
  );
  assertEquals(edited((edit) => edit.append("Y", "\xe9")), `${LINES}Y: \xe9\n`);
  assertEquals(edited((edit) => edit.set("Y", "z")), `${LINES}Y: z\n`);
  assertEquals(
    edited((edit) => edit.set("X-A", "3").set("host", "b").set("x-a", "4")),
    "host: b\nx-a: 4\nX-B:\nSet-Cookie: a\nVia: 1.1 x\n",
  );
  assertEquals(
    edited((edit) => edit.set("X-A", "3").remove("X-A")),
    "Host: a\nX-B:\nSet-Cookie: a\nVia: 1.1 x\n",
  );
  assertEquals(
    edited((edit) => edit.removeKinds(kindSet(FieldKind.host, FieldKind.via)).append("Z", "")),
    "x-A:  1 \nX-B:\nSet-Cookie: a\nX-a: \t2\nZ: \n",
  );
});

Deno.test("HeaderEdit.removeNamedByConnection removes what is named, but no options", () => {
  const lines =
    "Connection: close, X-A\nX-A: 1\nUpgrade: x\nTE: trailers\nconnection: x-b,,upgrade,TE\n";
  const named = HeaderBlock.parse(encode(`${lines}X-B: 2\nX-C: 3\n`));
  assertEquals(
    text(named.edit().removeNamedByConnection().toBytes()),
    `${lines.replace("X-A: 1\n", "")}X-C: 3\n`,
  );
});

Deno.test("HeaderEdit refuses to write what would not be one line", () => {
  const edit = block.edit();
  for (const value of ["a\r\nX: y", "a\n", "a\r", "\0", "\x7f", "\u0100"]) {
    assertThrows(() => edit.append("X", value), TypeError);
    assertThrows(() => edit.set("Host", value), TypeError);
  }
  for (const name of ["", "X:", "X Y", "X\n", "\xe9"]) {
    assertThrows(() => edit.append(name, "y"), TypeError);
  }
  assertEquals(text(edit.toBytes()), LINES);
});
