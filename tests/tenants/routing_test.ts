import { assert, assertEquals } from "@std/assert";
import { readAnswers } from "./answer_reader.ts";
import { ALICE, House, MALLORY } from "./house.ts";

const ALICES_OWN = "alice says /x";

/** Spellings of Alice's host: whoever is asked in this way is Alice, or nobody. */
const SPELLINGS: readonly ((host: string) => string)[] = [
  (host) => host,
  (host) => host.toUpperCase(),
  (host) => host.replace(ALICE, "sHoP"),
  (host) => host.replace(/:\d+$/, ""),
  (host) => host.replace(/:\d+$/, ":1"),
  (host) => host.replace(/:\d+$/, ":65535"),
  (host) => host.replace("localhost", "localhost."),
  (host) => host.replace("localhost", "LOCALHOST"),
  (host) => ` \t${host}\t `,
];

/** Hosts in which both names are, or something else than a host is. */
const MIXTURES: readonly string[] = [
  "shop.evil.localhost",
  "evil.shop.localhost",
  "shop.localhost.evil.localhost",
  "shop.localhost, evil.localhost",
  "evil.localhost, shop.localhost",
  "evil.localhost shop.localhost",
  "evil.localhost\tshop.localhost",
  "evil.localhost@shop.localhost",
  "shop.localhost@evil.localhost",
  "evil.localhost#shop.localhost",
  "evil.localhost/shop.localhost",
  "evil.localhost\\shop.localhost",
  "evil.localhost?shop.localhost",
  "evil.localhost:80:80",
  "evil.localhost:shop",
  "evil%2elocalhost",
  "evil.localhost%00shop.localhost",
  "evil..localhost",
  ".evil.localhost",
  "evil.localhost..",
  "xn--evil-.localhost",
  "évil.localhost",
  "[::1].evil.localhost",
  "127.1",
  "0x7f000001",
  "",
];

async function withBoth(test: (house: House, mallorysStreams: () => number) => Promise<void>) {
  await using house = await House.open();
  await using _alice = await house.alice();
  await using tester = await house.scripted();
  const { mux } = await tester.claimed();
  await test(house, () => mux.streams.length);
}

/** Asks once, and gives the answer. */
async function ask(house: House, head: string) {
  const text = await house.server.exchange(`${head}Connection: close\r\n\r\n`);
  const [answer] = readAnswers(text, [head.split(" ")[0]!]);
  return answer!;
}

Deno.test("Whatever spells Alice's host leads to Alice, and to nobody else", async () => {
  await withBoth(async (house, mallorysStreams) => {
    for (const spell of SPELLINGS) {
      const host = spell(house.host(ALICE));
      const { status, body } = await ask(house, `GET /x HTTP/1.1\r\nHost: ${host}\r\n`);
      assertEquals([status, body], [200, ALICES_OWN], JSON.stringify(host));
      const full = host.trim();
      const absolute = `GET http://${full}/x HTTP/1.1\r\nHost: ${full}\r\n`;
      assertEquals((await ask(house, absolute)).body, ALICES_OWN, absolute);
    }
    assertEquals(mallorysStreams(), 0);
  });
});

Deno.test("A host that is none, or is two, leads to no tenant", async () => {
  await withBoth(async (house, mallorysStreams) => {
    for (const host of MIXTURES) {
      const { status } = await ask(house, `GET /x HTTP/1.1\r\nHost: ${host}\r\n`);
      assert(status === 400 || status === 404, `${JSON.stringify(host)}: ${status}`);
    }
    assertEquals(mallorysStreams(), 0);
    assertEquals(house.seenByAlice.all, []);
  });
});

Deno.test("Two hosts that differ are refused, wherever the second one is", async () => {
  await withBoth(async (house, mallorysStreams) => {
    const [alice, mallory] = [house.host(ALICE), house.host(MALLORY)];
    for (const [one, two] of [[alice, mallory], [mallory, alice]]) {
      const heads = [
        `GET /x HTTP/1.1\r\nHost: ${one}\r\nHost: ${two}\r\n`,
        `GET /x HTTP/1.1\r\nhost: ${one}\r\nHOST: ${two}\r\n`,
        `GET http://${one}/x HTTP/1.1\r\nHost: ${two}\r\n`,
        `GET http://${one}/x HTTP/1.0\r\nHost: ${two}\r\n`,
        `GET http://${one}@${two}/x HTTP/1.1\r\nHost: ${two}\r\n`,
        `GET /x HTTP/1.1\r\nHost: ${one}\r\n Host: ${two}\r\n`,
        `GET /x HTTP/1.1\r\nHost : ${one}\r\nHost: ${two}\r\n`,
        `GET /x HTTP/1.1\nHost: ${one}\r\nHost: ${two}\r\n`,
        `CONNECT ${one} HTTP/1.1\r\nHost: ${two}\r\n`,
      ];
      for (const head of heads) {
        const { status } = await ask(house, head);
        assert([400, 405].includes(status), `${JSON.stringify(head)}: ${status}`);
      }
    }
    assertEquals(mallorysStreams(), 0);
    assertEquals(house.seenByAlice.all, []);
  });
});

Deno.test("No other field says whose a request is", async () => {
  await withBoth(async (house, mallorysStreams) => {
    const mallory = house.host(MALLORY);
    const fields = [
      ...["X-Forwarded-Host", "X-Host", "X-Original-Host", "X-Forwarded-Server", "X-Original-URL"],
      ...["X-Rewrite-URL", "X-HTTP-Host-Override", "Proxy-Host", "Authority", "Referer", "Origin"],
    ].map((name) => `${name}: ${mallory}\r\n`).join("") +
      `Forwarded: host=${mallory};for=127.0.0.1\r\nUpgrade: tun\r\n`;
    const { body } = await ask(house, `GET /x HTTP/1.1\r\nHost: ${house.host(ALICE)}\r\n${fields}`);
    assertEquals(body, ALICES_OWN);
    const withoutHost = `GET /x HTTP/1.1\r\nHost: ${house.host(ALICE)}\r\nConnection: Host\r\n`;
    assertEquals((await ask(house, withoutHost)).status, 400, "nor is the Host taken away");
    assertEquals(mallorysStreams(), 0);
  });
});
