/**
 * `GET /events`: what happens to the list, and the time every second, as server-sent events.
 *
 * @module
 */

import type { Todos } from "./todos.ts";

const utf8 = new TextEncoder();

/** A feed that goes on until the visitor leaves, or `end` is aborted. */
export function feed(todos: Todos, end: AbortSignal): Response {
  const resources = new DisposableStack();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (event: string, data: unknown): void =>
        controller.enqueue(utf8.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
      const tick = (): void => send("time", new Date().toISOString());
      const close = (): void => {
        resources.dispose();
        controller.close();
      };
      resources.use(todos.onChange((change) => send("todo", change)));
      resources.adopt(setInterval(tick, 1000), clearInterval);
      end.addEventListener("abort", close);
      resources.defer(() => end.removeEventListener("abort", close));
      tick();
      if (end.aborted) close();
    },
    cancel: () => resources.dispose(),
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}
