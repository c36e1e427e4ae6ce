/**
 * `PUT /files/<name>` keeps a file in memory and answers with its length and its SHA-256, so that
 * the sender can see that it arrived intact; `GET` gives it back.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { notAllowed, problem } from "./todo_api.ts";

/** As much as this app keeps; older files make room. */
const MAX_BYTES = 64 * 1024 * 1024;

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** Files that were sent. */
export class Files {
  readonly #files = new Map<string, File>();

  /** Answers a request for `/files/<name>`. */
  async answer(request: Request): Promise<Response> {
    const name = new URL(request.url).pathname.slice("/files/".length);
    switch (request.method) {
      case "PUT":
        return await this.#put(name, request);
      case "GET":
      case "HEAD": {
        const file = this.#files.get(name);
        if (file === undefined) return problem(404, "There is no such file");
        // A page that somebody uploaded must not run as one of ours.
        return new Response(file.bytes, {
          headers: {
            "content-type": file.type,
            "content-disposition": "attachment",
            "content-security-policy": "sandbox",
            "x-content-type-options": "nosniff",
          },
        });
      }
      default:
        return notAllowed("GET, HEAD, PUT");
    }
  }

  async #put(name: string, request: Request): Promise<Response> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    for await (const part of request.body ?? []) {
      length += part.length;
      if (length > MAX_BYTES) return problem(413, `A file may have ${MAX_BYTES} bytes`);
      parts.push(part);
    }
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    this.#files.delete(name);
    this.#makeRoom(length);
    const type = request.headers.get("content-type") ?? "application/octet-stream";
    this.#files.set(name, { bytes, type });
    const sha256 = encodeHex(await crypto.subtle.digest("SHA-256", bytes));
    return Response.json({ bytes: length, sha256 }, { status: 201 });
  }

  #makeRoom(length: number): void {
    let kept = this.#files.values().reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (const [name, { bytes }] of this.#files) {
      if (kept + length <= MAX_BYTES) return;
      this.#files.delete(name);
      kept -= bytes.length;
    }
  }
}
