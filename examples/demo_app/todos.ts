/**
 * A list of things to do, in memory, that tells whoever listens what changes.
 *
 * @module
 */

/** One thing to do. */
export interface Todo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
}

/** What happened to a todo. */
export interface Change {
  readonly kind: "added" | "changed" | "removed";
  readonly todo: Todo;
}

/** What there is to do at the start. */
const PRELOADED: readonly Omit<Todo, "id">[] = [
  { title: "Start a server, a client and an app with one command", done: true },
  { title: "Open the public URL", done: true },
  { title: "Add something here from a second window", done: false },
  { title: "Send a file and see that it arrives intact", done: false },
  { title: "Pull the network cable, and put it back", done: false },
];

/** The list. */
export class Todos {
  readonly #todos = new Map<number, Todo>();
  readonly #listeners = new Set<(change: Change) => void>();
  #lastId = 0;

  /** Makes a list with a few entries. */
  constructor() {
    for (const todo of PRELOADED) this.add(todo.title, todo.done);
  }

  /** All of them, oldest first. */
  list(): Todo[] {
    return [...this.#todos.values()];
  }

  /** One of them. */
  get(id: number): Todo | undefined {
    return this.#todos.get(id);
  }

  /** Adds one at the end. */
  add(title: string, done = false): Todo {
    return this.#put("added", { id: ++this.#lastId, title, done });
  }

  /** Changes one; nothing if it is not there. */
  change(id: number, fields: Partial<Omit<Todo, "id">>): Todo | undefined {
    const todo = this.#todos.get(id);
    return todo === undefined ? undefined : this.#put("changed", { ...todo, ...fields });
  }

  /** Takes one off the list, and says whether it was there. */
  remove(id: number): boolean {
    const todo = this.#todos.get(id);
    if (todo === undefined) return false;
    this.#todos.delete(id);
    this.#tell({ kind: "removed", todo });
    return true;
  }

  /** Calls `listener` for every change until the result is disposed. */
  onChange(listener: (change: Change) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  #put(kind: Change["kind"], todo: Todo): Todo {
    this.#todos.set(todo.id, todo);
    this.#tell({ kind, todo });
    return todo;
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
