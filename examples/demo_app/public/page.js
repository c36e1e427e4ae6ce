const byId = (id) => document.getElementById(id);
const LINES_KEPT = 5;

byId("host").textContent = location.host;

/* The list */

const todos = new Map();

function showTodos() {
  byId("todos").replaceChildren(...[...todos.values()].map(todoItem));
  const open = [...todos.values()].filter(({ done }) => !done).length;
  byId("count").textContent = `${open} of ${todos.size} to do`;
}

function todoItem({ id, title, done }) {
  const box = element("input", { type: "checkbox", checked: done });
  box.onchange = () => send("PATCH", `/todos/${id}`, { done: box.checked });
  const remove = element("button", { textContent: "×", ariaLabel: `Remove ${title}` });
  remove.onclick = () => send("DELETE", `/todos/${id}`);
  const text = element("span", { textContent: title, className: done ? "done" : "" });
  const label = element("label", {}, box, text);
  return element("li", {}, label, remove);
}

async function loadTodos() {
  const response = await fetch("/todos");
  todos.clear();
  for (const todo of await response.json()) todos.set(todo.id, todo);
  showTodos();
}

byId("add").onsubmit = async (event) => {
  event.preventDefault();
  await send("POST", "/todos", { title: event.target.title.value });
  event.target.reset();
};

/* The feed: the list is only ever changed by what comes in here */

const feed = new EventSource("/events");

feed.onopen = async () => {
  byId("feed-light").classList.add("on");
  await loadTodos();
};

feed.onerror = () => byId("feed-light").classList.remove("on");

feed.addEventListener("time", ({ data }) => {
  byId("time").textContent = new Date(JSON.parse(data)).toLocaleTimeString();
});

feed.addEventListener("todo", ({ data }) => {
  const { kind, todo } = JSON.parse(data);
  if (kind === "removed") todos.delete(todo.id);
  else todos.set(todo.id, todo);
  showTodos();
  note("feed", `${kind}: ${todo.title}`);
});

/* The echo */

const socket = new WebSocket(new URL("/echo", location.href.replace(/^http/, "ws")));
const sentAt = [];

socket.onopen = () => byId("echo-light").classList.add("on");
socket.onclose = () => byId("echo-light").classList.remove("on");
socket.onmessage = ({ data }) => {
  note("echoes", `${data} (${(performance.now() - sentAt.shift()).toFixed(1)} ms)`);
};

byId("say").onsubmit = (event) => {
  event.preventDefault();
  sentAt.push(performance.now());
  socket.send(event.target.words.value);
  event.target.reset();
};

/* Files */

byId("file").onchange = async ({ target }) => {
  const [file] = target.files;
  if (file === undefined) return;
  const path = `/files/${encodeURIComponent(file.name)}`;
  const response = await fetch(path, { method: "PUT", body: file });
  const answer = await response.json();
  if (!response.ok) return note("files", answer.error);
  const isIntact = answer.sha256 === await sha256(file);
  note("files", `${file.name}: ${answer.bytes} bytes, ${isIntact ? "intact" : "DAMAGED"}`);
};

async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function send(method, path, json) {
  return fetch(path, {
    method,
    ...(json === undefined
      ? {}
      : { body: JSON.stringify(json), headers: { "content-type": "application/json" } }),
  });
}

function note(id, text) {
  const list = byId(id);
  list.prepend(element("li", { textContent: text }));
  while (list.children.length > LINES_KEPT) list.lastElementChild.remove();
}

function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}
