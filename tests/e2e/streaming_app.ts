/**
 * An app with everything that takes long: downloads, uploads, events, WebSockets.
 *
 * | path | does |
 * | --- | --- |
 * | `GET /download?size=N&seed=S` | sends N bytes |
 * | `POST /upload` | reads everything, answers with its size and digest |
 * | `POST /sip` | reads nothing until {@linkcode StreamingApp.drink} |
 * | `GET /events` | server-sent events, one for each {@linkcode StreamingApp.send} |
 * | `GET /echo` | a WebSocket that sends back what it gets |
 * | anything else | says hello |
 *
 * @module
 */

import { digestOf, longBody } from "./streaming_bytes.ts";

/** The app. */
export class StreamingApp implements AsyncDisposable {
  /** Requests that came. */
  requests = 0;
  /** Uploads that nobody reads yet. */
  sipping = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #listeners = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #thirst = Promise.withResolvers<void>();
  readonly #sockets = new Set<WebSocket>();

  /** Starts it on a port, or on any. */
  constructor(port = 0) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Where it listens. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** Those who listen to events. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Sends an event to all who listen. */
  send(data: string): void {
    const bytes = new TextEncoder().encode(`data: ${data}\n\n`);
    for (const listener of this.#listeners) listener.enqueue(bytes);
  }

  /** From now on the uploads to `/sip` are read. */
  drink(): void {
    this.#thirst.resolve();
  }

  async #answer(request: Request): Promise<Response> {
    this.requests++;
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case "/download": {
        const size = Number(searchParams.get("size"));
        return new Response(longBody(size, Number(searchParams.get("seed"))));
      }
      case "/upload":
        return Response.json(await digestOf(request.body));
      case "/sip": {
        this.sipping++;
        await this.#thirst.promise;
        return Response.json(await digestOf(request.body));
      }
      case "/events":
        return this.#events();
      case "/echo":
        return this.#echo(request);
      default:
        return new Response("hello");
    }
  }

  #events(): Response {
    let mine: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        mine = controller;
        this.#listeners.add(controller);
        controller.enqueue(new TextEncoder().encode(": hello\n\n"));
      },
      cancel: () => void this.#listeners.delete(mine),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #echo(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    this.#sockets.add(socket);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket.send(data);
    socket.onclose = () => this.#sockets.delete(socket);
    return response;
  }

  /** Stops it; who listens to events gets no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.drink();
    for (const listener of this.#listeners) listener.close();
    for (const socket of this.#sockets) socket.close();
    await this.#server.shutdown();
  }
}
