/**
 * The sample app: a page, an API, a feed, an echo and files. Something of everything that a tunnel
 * has to carry.
 *
 * @module
 */

import { feed } from "./feed.ts";
import { Files } from "./files.ts";
import { answerTodoRequest, problem } from "./todo_api.ts";
import { Todos } from "./todos.ts";

const PAGE: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.css": ["page.css", "text/css; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
};

/** What the app answers. `end` closes the feeds, which would otherwise go on for ever. */
export function demoApp(end: AbortSignal): (request: Request) => Promise<Response> {
  const todos = new Todos();
  const files = new Files();
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (/^\/todos(\/[^/]+)?$/.test(pathname)) return await answerTodoRequest(todos, request);
    if (/^\/files\/[^/]+$/.test(pathname)) return await files.answer(request);
    if (pathname === "/events") return feed(todos, end);
    if (pathname === "/echo") return echo(request);
    const [file, type] = PAGE[pathname] ?? [];
    if (file === undefined || type === undefined) return problem(404, "There is nothing here");
    const body = await Deno.readFile(new URL(`public/${file}`, import.meta.url));
    return new Response(body, { headers: { "content-type": type } });
  };
}

/** A WebSocket that says what it hears. */
function echo(request: Request): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return problem(426, "This is a WebSocket");
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
}
