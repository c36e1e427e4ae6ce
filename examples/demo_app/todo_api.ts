/**
 * The list over HTTP: `GET` and `POST /todos`, `GET`, `PUT`, `PATCH` and `DELETE /todos/<id>`.
 *
 * @module
 */

import type { Todo, Todos } from "./todos.ts";

const MAX_TITLE_LENGTH = 200;

/** Answers a request for `/todos` or something below it. */
export async function answerTodoRequest(todos: Todos, request: Request): Promise<Response> {
  const [, , name] = new URL(request.url).pathname.split("/");
  return name === undefined
    ? await answerForList(todos, request)
    : await answerForOne(todos, request, Number(name));
}

async function answerForList(todos: Todos, request: Request): Promise<Response> {
  switch (request.method) {
    case "GET":
    case "HEAD":
      return Response.json(todos.list());
    case "POST": {
      const { title, done } = await fieldsOf(request);
      if (title === undefined) return problem(400, "Expected JSON with a title");
      const todo = todos.add(title, done);
      return Response.json(todo, { status: 201, headers: { location: `/todos/${todo.id}` } });
    }
    default:
      return notAllowed("GET, HEAD, POST");
  }
}

async function answerForOne(todos: Todos, request: Request, id: number): Promise<Response> {
  const todo = todos.get(id);
  if (todo === undefined) return problem(404, "There is no such todo");
  switch (request.method) {
    case "GET":
    case "HEAD":
      return Response.json(todo);
    case "PUT":
    case "PATCH": {
      const fields = await fieldsOf(request);
      const isWhole = fields.title !== undefined && fields.done !== undefined;
      if (Object.keys(fields).length === 0 || (request.method === "PUT" && !isWhole)) {
        return problem(400, "Expected JSON with a title and done");
      }
      // It may have gone while the body came.
      const changed = todos.change(id, fields);
      return changed === undefined ? problem(404, "There is no such todo") : Response.json(changed);
    }
    case "DELETE":
      todos.remove(id);
      return new Response(null, { status: 204 });
    default:
      return notAllowed("GET, HEAD, PUT, PATCH, DELETE");
  }
}

/** What of a todo the body names, as far as it makes sense. */
async function fieldsOf(request: Request): Promise<Partial<Omit<Todo, "id">>> {
  const json: unknown = await request.json().catch(() => undefined);
  if (typeof json !== "object" || json === null) return {};
  const { title, done } = json as { readonly title?: unknown; readonly done?: unknown };
  const text = typeof title === "string" ? title.trim() : "";
  return {
    ...(text === "" || text.length > MAX_TITLE_LENGTH ? {} : { title: text }),
    ...(typeof done === "boolean" ? { done } : {}),
  };
}

/** A refusal. */
export function problem(status: number, message: string): Response {
  return Response.json({ error: message }, { status });
}

/** The refusal of a method. */
export function notAllowed(allow: string): Response {
  return Response.json({ error: `Allowed: ${allow}` }, { status: 405, headers: { allow } });
}
