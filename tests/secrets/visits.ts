/**
 * What visitors and operators send: good and bad, each with secrets in it.
 *
 * @module
 */

import { caCert } from "../support/transport_certificates.ts";
import { RawConnection } from "../support/raw_connection.ts";
import type { SecretWorld } from "./secret_world.ts";

async function exchange(world: SecretWorld, request: string): Promise<void> {
  const { options, ports, evidence } = world;
  const conn = options.withTls
    ? await Deno.connectTls({ hostname: "localhost", port: ports.http, caCerts: [caCert] })
    : await Deno.connect({ hostname: "127.0.0.1", port: ports.http });
  using visitor = new RawConnection(conn);
  await visitor.send(request);
  evidence.add("answers to visitors", await visitor.takeToEnd());
}

function basic(credentials: string): string {
  return `Authorization: Basic ${btoa(credentials)}`;
}

/** Everything a visitor may send to a tunnel called `name`. */
export async function visit(world: SecretWorld, name: string): Promise<void> {
  const { visitor: { cookie, bearer, query }, login, ports } = world;
  const host = `${name}.localhost:${ports.http}`;
  const fields = [
    `Cookie: session=${cookie}`,
    `Referer: http://${host}/?key=${query}`,
    `X-Api-Key: ${bearer}`,
    "Connection: close",
  ];
  const get = (line: string, ...more: string[]) =>
    exchange(world, [line, `Host: ${host}`, ...fields, ...more, "", ""].join("\r\n"));
  for (const accept of ["text/html", "application/json", "text/plain"]) {
    const lines = [`Accept: ${accept}`];
    await get(`GET /page?key=${query} HTTP/1.1`, basic(login), ...lines);
    await get(`GET /broken?key=${query} HTTP/1.1`, basic(login), ...lines);
    await get(`GET /page?key=${query} HTTP/1.1`, basic(`${login}x`), ...lines);
    await get(`GET /page?key=${query} HTTP/1.1`, `Authorization: Bearer ${bearer}`, ...lines);
    await exchange(
      world,
      `GET /?key=${query} HTTP/1.1\r\nHost: nobody.localhost\r\n${
        fields.join("\r\n")
      }\r\nAuthorization: Bearer ${bearer}\r\nAccept: ${accept}\r\n\r\n`,
    );
  }
  // Heads that no parser should take.
  await get(`GET http://ada:${bearer}@${host}/?key=${query} HTTP/1.1`);
  await get(`GET /?key=${query} HTTP/9.9`);
  await get(`CONNECT ada:${bearer}@example.com:443 HTTP/1.1`);
  await get(`GET /?key=${query} HTTP/1.1`, `Authorization : Bearer ${bearer}`);
  await get(`GET /?key=${query} HTTP/1.1`, `X-Request-Id: ${bearer} ${query}`);
  await get(`GET /?key=${query} HTTP/1.1`, `Host: ada:${bearer}@${host}`);
  await get(`GET /?key=${query} HTTP/1.1`, `Content-Length: ${cookie}`);
  await get(`GET /?key=${query} HTTP/1.1`, `Authorization: Basic ${bearer}`);
  await get(`GET /?key=${query} HTTP/1.1`, `Authorization: ${"x".repeat(200_000)}${bearer}`);
  await exchange(world, `${bearer} ${query}\r\n\r\n`);
}

/** Webhooks, signed wrongly. */
export async function forgeWebhooks(world: SecretWorld, name: string): Promise<void> {
  const { visitor: { query }, ports } = world;
  for (const signature of ["", `sha256=${"0".repeat(64)}`, `sha256=${query}`]) {
    await exchange(
      world,
      [
        `POST /hook?key=${query} HTTP/1.1`,
        `Host: ${name}.localhost:${ports.http}`,
        `X-Hub-Signature-256: ${signature}`,
        "Content-Length: 2",
        "Connection: close",
        "",
        "{}",
      ].join("\r\n"),
    );
  }
}

/** Tunnel requests as somebody without our client would make them. */
export async function knock(world: SecretWorld, token: string): Promise<void> {
  const { visitor: { query } } = world;
  for (const upgrade of ["tun", "websocket", "other"]) {
    await exchange(
      world,
      [
        `GET /connect?token=${query} HTTP/1.1`,
        "Host: localhost",
        `Connection: close${upgrade === "other" ? "" : ", Upgrade"}`,
        `Upgrade: ${upgrade}`,
        `Origin: http://ada:${query}@localhost`,
        `Authorization: Bearer ${token}`,
        "",
        "",
      ].join("\r\n"),
    );
  }
}

/** Everything that can be read on the admin side, by who may and by who may not. */
export async function operate(world: SecretWorld, name: string): Promise<void> {
  const { adminToken, secrets, evidence, ports } = world;
  const wrong = secrets.plant("a wrong operators' token");
  const base = `http://127.0.0.1:${ports.admin}`;
  const paths = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/tunnels",
    `/tunnels/${name}`,
    "/leases",
    "/revocations",
  ];
  const others = [`/tunnels/${wrong}`, `/${wrong}`, `/tunnels?after=${wrong}`, "/openapi.json"];
  for (const path of [...paths, ...others]) {
    for (const token of [undefined, adminToken, wrong]) {
      const headers = new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` });
      for (const method of ["GET", "DELETE"]) {
        if (method === "DELETE" && token === adminToken) continue;
        const response = await fetch(`${base}${path}`, { method, headers });
        const lines = Array.from(response.headers, (field) => field.join(": "));
        evidence.add("admin answers", `${lines.join("\n")}\n${await response.text()}`);
      }
    }
  }
}
