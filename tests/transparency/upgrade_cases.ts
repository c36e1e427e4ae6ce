/**
 * Other protocols on the same connection, and ends that are not at the same time.
 *
 * @module
 */

import { allBytes, answers, askedWith, HOST, OK, request, response, simple } from "./cases.ts";
import type { AppScript } from "./origin.ts";
import type { Case } from "./run_case.ts";

const UPGRADE = ["Connection: Upgrade", "Upgrade: echo/1"];

function upgrading(lines: readonly string[], early = ""): string {
  return ["GET /up HTTP/1.1", HOST, ...lines, "", early].join("\r\n");
}

const SWITCH = response("101 Switching Protocols", [
  "Upgrade: echo/1",
  "Connection: Upgrade",
  "X: y",
]);

/** An app that switches, and sends back what it gets until the visitor has ended its side. */
function echoes(head: string): AppScript {
  return async (app) => {
    await app.send(head);
    await app.send(await app.rest());
    app.conn.close();
  };
}

function upgradeCase(
  name: string,
  text: string,
  app: AppScript,
  visitor: Case["visitor"],
): Case {
  return { name, asked: [askedWith(text)], app, visitor };
}

const WEBSOCKET = [
  "Upgrade: websocket",
  "Connection: keep-alive, Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: graphql-ws, chat",
  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  "Origin: http://elsewhere.example",
];

/** All of them. */
export const UPGRADES: readonly Case[] = [
  upgradeCase("bytes both ways", upgrading(UPGRADE), echoes(SWITCH), async (visitor) => {
    await visitor.send(upgrading(UPGRADE));
    await visitor.head();
    await visitor.send(allBytes(1000));
    await visitor.conn.closeWrite();
  }),
  upgradeCase("early bytes of the visitor", upgrading(UPGRADE), echoes(SWITCH), async (visitor) => {
    await visitor.send(upgrading(UPGRADE, "early bytes"));
    await visitor.head();
    await visitor.conn.closeWrite();
  }),
  upgradeCase(
    "early bytes of the app",
    upgrading(UPGRADE),
    echoes(`${SWITCH}welcome`),
    async (visitor) => {
      await visitor.send(upgrading(UPGRADE));
      await visitor.head();
      await visitor.bytes(7);
      await visitor.conn.closeWrite();
    },
  ),
  upgradeCase(
    "the app ends first",
    upgrading(UPGRADE),
    async (app) => {
      await app.send(`${SWITCH}bye`);
      await app.conn.closeWrite();
      await app.rest();
    },
    async (visitor) => {
      await visitor.send(upgrading(UPGRADE));
      await visitor.head();
      await visitor.rest();
      await visitor.send("still here");
      await visitor.conn.closeWrite();
    },
  ),
  upgradeCase("3 MB both ways", upgrading(UPGRADE), echoes(SWITCH), async (visitor) => {
    await visitor.send(upgrading(UPGRADE));
    await visitor.head();
    await visitor.send(allBytes(3_000_000));
    await visitor.conn.closeWrite();
  }),
  upgradeCase(
    "a WebSocket's fields",
    upgrading(WEBSOCKET),
    echoes(response("101 Switching Protocols", [
      "upgrade: WebSocket",
      "connection: Upgrade",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "Sec-WebSocket-Protocol: chat",
      "Sec-WebSocket-Extensions: permessage-deflate",
    ])),
    async (visitor) => {
      await visitor.send(upgrading(WEBSOCKET));
      await visitor.head();
      await visitor.send("\x81\x85\x01\x02\x03\x04iglon");
      await visitor.conn.closeWrite();
    },
  ),
  upgradeCase(
    "103 before 101",
    upgrading(UPGRADE),
    echoes(response("103 Early Hints", ["Link: x"]) + SWITCH),
    async (visitor) => {
      await visitor.send(upgrading(UPGRADE));
      await visitor.head();
      await visitor.head();
      await visitor.conn.closeWrite();
    },
  ),
  simple(
    "Upgrade: tun on a tenant's host",
    request("GET /connect", ["Connection: Upgrade", "Upgrade: tun"]),
  ),
  simple("an upgrade that the app ignores", request("GET /up", UPGRADE)),
  simple(
    "an upgrade that is refused",
    request("GET /up", UPGRADE),
    response("426 Upgrade Required", [
      "Upgrade: echo/2",
      "Connection: Upgrade",
      "Content-Length: 0",
    ]),
  ),
  simple(
    "h2c is not passed on",
    request("GET /up", [
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAM",
    ]),
  ),
  simple(
    "h2c with a body",
    request(
      "POST /up",
      [
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAM",
        "Content-Length: 2",
      ],
      "hi",
    ),
  ),
  simple("h2c among others", request("GET /up", ["Connection: Upgrade", "Upgrade: h2c, echo/1"])),
  simple(
    "an upgrade with a body that the app ignores",
    request("POST /up", [...UPGRADE, "Content-Length: 2"], "hi"),
  ),
  upgradeCase(
    "an upgrade with Content-Length: 0",
    upgrading([...UPGRADE, "Content-Length: 0"]),
    echoes(SWITCH),
    async (visitor) => {
      await visitor.send(upgrading([...UPGRADE, "Content-Length: 0"]));
      await visitor.head();
      await visitor.send("hello");
      await visitor.conn.closeWrite();
    },
  ),
];

/** Ends and answers out of step. */
export const ENDS: readonly Case[] = [
  {
    ...simple("a visitor that ends its side behind the request", request("GET /half")),
    visitor: async (visitor) => {
      await visitor.send(request("GET /half"));
      await visitor.conn.closeWrite();
    },
  },
  {
    ...simple("a visitor that ends its side behind a body", request("POST /half")),
    visitor: async (visitor) => {
      await visitor.send(request("POST /half", ["Content-Length: 3"], "abc"));
      await visitor.conn.closeWrite();
    },
  },
  {
    ...simple("an answer before the body", request("POST /early", ["Content-Length: 6"])),
    visitor: async (visitor) => {
      await visitor.send(request("POST /early", ["Content-Length: 6"]));
      await visitor.head();
      await visitor.send("behind");
    },
    app: async (app, head) => {
      await app.send(response("200 OK", ["Content-Length: 4"], "he"));
      await app.body(head);
      await app.send("re");
    },
  },
  {
    ...simple("an early refusal", request("POST /early", ["Content-Length: 500000"])),
    visitor: (visitor) => visitor.send(request("POST /early", ["Content-Length: 500000"])),
    app: async (app) => {
      await app.send(
        response("413 Content Too Large", ["Connection: close", "Content-Length: 2"], "no"),
      );
      await app.conn.closeWrite();
      await app.rest();
    },
  },
  simple("events, one by one", request("GET /events"), async (app, head) => {
    await answers("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")(app, head);
    for (let n = 0; n < 20; n++) {
      await app.send(`id: ${n}\ndata: x\n\n`);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await app.conn.closeWrite();
    await app.rest();
  }),
  simple("an app that answers before it has read", request("GET /eager"), (app) => app.send(OK)),
];
