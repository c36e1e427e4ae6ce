/**
 * The section "Examples" of PROTOCOL.md, as the code would have it.
 *
 * @module
 */

import { formatVector, goldenFrames, goldenRecords } from "./golden.ts";
import { recordTranscript } from "./transcript.ts";
import { formatTranscript } from "./transcript_text.ts";

/** Where the section starts in PROTOCOL.md; it goes on to the end of the page. */
export const EXAMPLES_HEADING = "## 17. Examples";

/** The section, heading included. */
export async function examplesSection(): Promise<string> {
  const records = await goldenRecords();
  const transcript = await formatTranscript(await recordTranscript());
  return `${EXAMPLES_HEADING}

This section is written by \`scripts/protocol_examples.ts\` from the code, and a test compares them.
Each example is a line with the name of a record or frame and what it says, as JSON, and below it
the bytes. Text that stands for bytes is Latin-1. The vectors are also in
\`tests/vectors/golden.json\`, and one for each row of [section 14](#14-violations) in
\`tests/vectors/violations.json\`. Proofs are made with the secret in the WELCOME below.

### Records

\`\`\`text
${records.map(formatVector).join("\n")}
\`\`\`

### Frames

\`\`\`text
${goldenFrames().map(formatVector).join("\n")}
\`\`\`

### A session

A client claims a tunnel; a visitor posts \`world\` and is to be answered \`Hello, world!\`, but the
transport breaks in the middle of that. The client resumes over another transport, and the server
gets the rest. Then somebody else takes the name over, and the client closes. This is what arrived
at either end, 20 ms after it was sent; what stands below DATA and further in is the payload of that
record.

\`\`\`text
${transcript}
\`\`\`
`;
}
