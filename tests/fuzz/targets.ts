/**
 * Everything that is fuzzed. A new target is one line.
 *
 * @module
 */

import { controlTarget } from "./control_target.ts";
import { framesTarget } from "./frames_target.ts";
import { grantsTarget } from "./grants_target.ts";
import { handshakeTarget } from "./handshake_target.ts";
import { headsTarget } from "./heads_target.ts";
import { linkCutsTarget } from "./link_cuts_target.ts";
import { linkHostileTarget } from "./link_hostile_target.ts";
import { muxHostileTarget } from "./mux_hostile_target.ts";
import { muxPairTarget } from "./mux_pair_target.ts";
import { recordsTarget } from "./records_target.ts";
import { resumeTarget } from "./resume_target.ts";
import { sessionTarget } from "./session_target.ts";
import type { FuzzTarget } from "./target.ts";
import { websocketTarget } from "./websocket_target.ts";

/** In the order in which they run: what the later ones are built of comes first. */
export const TARGETS: readonly FuzzTarget[] = [
  recordsTarget,
  handshakeTarget,
  resumeTarget,
  headsTarget,
  controlTarget,
  framesTarget,
  websocketTarget,
  muxPairTarget,
  muxHostileTarget,
  linkCutsTarget,
  linkHostileTarget,
  sessionTarget,
  grantsTarget,
];
