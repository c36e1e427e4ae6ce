/**
 * Writes what PROTOCOL.md and `tests/vectors/` show of the code: examples of every
 * record and frame, a whole session, and the violations.
 *
 * @module
 */

import { EXAMPLES_HEADING, examplesSection } from "../tests/vectors/examples_section.ts";
import { goldenJson } from "../tests/vectors/golden.ts";
import { violationsJson } from "../tests/vectors/violations.ts";

const page = new URL("../protocol/PROTOCOL.md", import.meta.url);
const vectors = new URL("../tests/vectors/", import.meta.url);

const text = await Deno.readTextFile(page);
const at = text.indexOf(EXAMPLES_HEADING);
const before = at < 0 ? `${text.trimEnd()}\n\n` : text.slice(0, at);
await Deno.writeTextFile(page, before + await examplesSection());
await Deno.writeTextFile(new URL("golden.json", vectors), await goldenJson());
await Deno.writeTextFile(new URL("violations.json", vectors), violationsJson());
