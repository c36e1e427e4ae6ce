import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { TunnelError } from "../../client/mod.ts";
import { bootServer, bootTunnel } from "../support/tunnel_boot.ts";

const utf8 = new TextEncoder();

function login(credentials: string): string {
  return `Authorization: Basic ${btoa(String.fromCharCode(...utf8.encode(credentials)))}`;
}

/** An app that says what it was asked with. */
function echo(request: Request): Response {
  return new Response(`authorization: ${request.headers.get("authorization")}`);
}

Deno.test("A tunnel with a password lets in who knows it, and keeps the password from the app", async () => {
  await using boot = await bootTunnel({ app: echo, basicAuth: ["ada:open:sesame", "zoë:ключ"] });
  const refused = await boot.get("/");
  assertEquals(refused.status, 401);
  assertEquals(refused.header("tun-error"), "credentials_required");
  assertEquals(refused.header("www-authenticate"), 'Basic realm="tun", charset="UTF-8"');
  for (const credentials of ["ada:open:sesame", "zoë:ключ", "ada:open:sesame"]) {
    const answer = await boot.get("/", login(credentials));
    assertEquals([answer.status, answer.body], [200, "authorization: null"]);
  }
  for (const credentials of ["ada:open", "eve:ключ", "ada:ключ"]) {
    assertEquals((await boot.get("/", login(credentials))).status, 401);
  }
});

Deno.test("A page about a login comes in the form that was asked for", async () => {
  await using boot = await bootTunnel({ app: echo, basicAuth: ["ada:x"] });
  for (const type of ["text/html", "application/json", "text/plain"]) {
    const answer = await boot.get("/", `Accept: ${type}`);
    assertEquals(answer.status, 401);
    assertStringIncludes(answer.header("content-type")!, type);
  }
  const head = await boot.request("HEAD /");
  assertEquals([head.status, head.body], [401, ""]);
});

Deno.test("Without a password of ours an app's own logins pass as they are", async () => {
  await using boot = await bootTunnel({ app: echo, denyCidr: ["192.0.2.0/24"] });
  const answer = await boot.get("/", login("ada:x"));
  assertEquals(answer.body, "authorization: Basic YWRhOng=");
});

Deno.test("A WebSocket is asked for the password too", async () => {
  await using boot = await bootTunnel({
    app: (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onopen = () => socket.close();
      return response;
    },
    basicAuth: ["ada:x"],
  });
  const lines = [
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  const request = (...more: string[]) =>
    [`GET / HTTP/1.1`, `Host: ${boot.host}`, "Connection: Upgrade", ...lines, ...more, "", ""]
      .join("\r\n");
  using stranger = await boot.server.visit();
  await stranger.send(request());
  assertStringIncludes(await stranger.takeHead(), "HTTP/1.1 401 ");
  using friend = await boot.server.visit();
  await friend.send(request(login("ada:x")));
  assertStringIncludes(await friend.takeHead(), "HTTP/1.1 101 ");
  // An empty Close with a mask, which the app has asked for and waits for.
  await friend.send("\x88\x80\0\0\0\0");
  await friend.takeToEnd();
});

Deno.test("A visitor cannot claim another address, a trusted proxy can", async () => {
  const spoofed = "X-Forwarded-For: 192.0.2.7";
  await using open = await bootTunnel({
    app: echo,
    allowCidr: ["192.0.2.0/24"],
    server: { trustedProxies: [] },
  });
  for (const lines of [[], [spoofed], ["Forwarded: for=192.0.2.7"]]) {
    const answer = await open.get("/", ...lines);
    assertEquals([answer.status, answer.header("tun-error")], [403, "visitor_refused"]);
  }
  await using behind = await bootTunnel({ app: echo, allowCidr: ["192.0.2.0/24"] });
  assertEquals((await behind.get("/", spoofed)).status, 200);
  assertEquals((await behind.get("/", "X-Forwarded-For: ::ffff:192.0.2.7")).status, 200);
  // What a stranger wrote stands before what the proxy has added.
  assertEquals((await behind.get("/", `${spoofed}, 198.51.100.9`)).status, 403);
  assertEquals((await behind.get("/")).status, 403);
});

Deno.test("A TCP port hangs up on who may not come", async () => {
  await using app = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, echo);
  await using server = await bootServer();
  const connect = (denyCidr: readonly string[]) =>
    server.connect({ target: app.addr.port, kind: "tcp", denyCidr });
  const get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const visit = async (port: string): Promise<string> => {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await conn.write(utf8.encode(get));
    return await new Response(conn.readable).text().catch(() => "");
  };
  await using open = await connect(["192.0.2.0/24"]);
  assertStringIncludes(await visit(open.tunnel.name), "200 OK");
  await using closed = await connect(["127.0.0.0/8"]);
  assertEquals(await visit(closed.tunnel.name), "");
  const { fields } = await server.log.first(({ name, fields }) =>
    name === "connection" && String(fields.port) === closed.tunnel.name
  );
  assertEquals(fields.code, "visitor_refused");
});

Deno.test("A password for a TCP tunnel is refused, not forgotten", async () => {
  await using server = await bootServer();
  const error = await assertRejects(
    () => server.connect({ target: 1, kind: "tcp", basicAuth: ["ada:x"] }),
    TunnelError,
  );
  assertEquals(error.code, "access_refused");
});

Deno.test("Only signed webhooks reach the app, as they were sent", async () => {
  const seen: string[] = [];
  await using boot = await bootTunnel({
    app: async (request) => {
      seen.push(await request.text());
      return new Response(request.headers.get("x-hub-signature-256"));
    },
    verifyWebhook: { provider: "github", secrets: ["s3cret"] },
  });
  const body = '{"zen": "Design for failure."}';
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const raw = utf8.encode("s3cret");
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, utf8.encode(body));
  const signature = `sha256=${encodeHex(mac)}`;
  const lines = [`X-Hub-Signature-256: ${signature}`];
  const signed = await boot.request("POST /hook", { lines, body });
  assertEquals([signed.status, signed.body], [200, signature]);
  const forged = await boot.request("POST /hook", { lines, body: body.replace("D", "d") });
  assertEquals([forged.status, forged.header("tun-error")], [401, "webhook_refused"]);
  assertEquals((await boot.get("/hook")).status, 401);
  assertEquals(seen, [body]);
});
