/**
 * Our own load generator, for what wrk cannot do: large bodies, readers that stall, an even pace,
 * WebSockets, events.
 *
 * @module
 */

import { answerLines } from "../process/answer_lines.ts";
import { hang, release, saturate, stallDownload } from "./background.ts";
import { download, downloadFor, upload, uploadFor } from "./bulk.ts";
import { echo } from "./echo.ts";
import { listen } from "./events.ts";
import { pacedGets } from "./paced_gets.ts";

if (import.meta.main) {
  await answerLines({
    download,
    upload,
    downloadFor,
    uploadFor,
    stallDownload,
    saturate,
    hang,
    release,
    echo,
    listen,
    pacedGets,
  });
}
