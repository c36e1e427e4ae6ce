import { assert, assertEquals, assertThrows } from "@std/assert";
import { HeaderBlock } from "@tun/protocol/http1";
import type { WebhookProviderName } from "./providers.ts";
import { WebhookCheck } from "./webhook_check.ts";

const utf8 = new TextEncoder();

/** A request that its provider, or this test, has signed, and when. */
interface Signed {
  readonly provider: WebhookProviderName;
  readonly secret: string;
  readonly at: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

// As their makers publish them, but for Stripe's, who publishes none.
const GITHUB: Signed = {
  provider: "github",
  secret: "It's a Secret to Everybody",
  at: 0,
  fields: {
    "X-Hub-Signature-256":
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
  },
  body: "Hello, World!",
};
const SLACK: Signed = {
  provider: "slack",
  secret: "8f742231b10e8888abcd99yyyzzz85a5",
  at: 1531420618,
  fields: {
    "X-Slack-Request-Timestamp": "1531420618",
    "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  },
  body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow" +
    "&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner" +
    "&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands" +
    "%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
};
const STANDARD: Signed = {
  provider: "standard",
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  at: 1614265330,
  fields: {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  },
  body: '{"test": 2432232314}',
};
const STRIPE_SIGNATURE = "799c4ba7bb339f3c8601adfd112f0e477c930a268be1243d341abb8286501c2f";
const STRIPE: Signed = {
  provider: "stripe",
  secret: "whsec_test_secret",
  at: 1492774577,
  fields: { "Stripe-Signature": `t=1492774577,v1=${STRIPE_SIGNATURE},v0=${"6f".repeat(32)}` },
  body: '{"id":"evt_1"}',
};
const ALL = [GITHUB, SLACK, STANDARD, STRIPE];

/** What becomes of a request: `passes`, or why it does not. */
async function judge(
  { provider, fields, body, at }: Signed,
  { secrets, laterS = 0 }: { readonly secrets: readonly string[]; readonly laterS?: number },
): Promise<string> {
  const check = new WebhookCheck({ provider, secrets }, () => (at + laterS) * 1000);
  const claim = check.claimOf(HeaderBlock.of(...Object.entries(fields)));
  if (typeof claim === "string") return claim;
  return await check.isRight(claim, utf8.encode(body)) ? "passes" : "wrong_signature";
}

function fate(signed: Signed, change: Partial<Signed> = {}, laterS = 0): Promise<string> {
  const secrets = [change.secret ?? signed.secret];
  return judge({ ...signed, ...change }, { secrets, laterS });
}

Deno.test("WebhookCheck passes what each provider has signed", async () => {
  for (const signed of ALL) assertEquals(await fate(signed), "passes", signed.provider);
});

Deno.test("WebhookCheck passes nothing that was touched, or signed by somebody else", async () => {
  for (const signed of ALL) {
    const what = signed.provider;
    assertEquals(await fate(signed, { body: `${signed.body} ` }), "wrong_signature", what);
    assertEquals(await fate(signed, { body: "" }), "wrong_signature", what);
    const secret = what === "standard" ? "whsec_AAAA" : "another";
    assertEquals(await fate(signed, { secret }), "wrong_signature", what);
    assertEquals(await fate(signed, { fields: {} }), "unsigned", what);
  }
});

Deno.test("WebhookCheck is done with a signature after five minutes, and before its time", async () => {
  for (const signed of [SLACK, STANDARD, STRIPE]) {
    assertEquals(await fate(signed, {}, 300), "passes");
    assertEquals(await fate(signed, {}, 301), "wrong_time");
    assertEquals(await fate(signed, {}, -301), "wrong_time");
  }
  assertEquals(await fate(GITHUB, {}, 1e9), "passes", "GitHub signs no time");
});

Deno.test("WebhookCheck does not let the time be changed", async () => {
  const later = String(SLACK.at + 60);
  const fields = { ...SLACK.fields, "X-Slack-Request-Timestamp": later };
  assertEquals(await fate(SLACK, { fields }), "wrong_signature");
  const signature = STRIPE.fields["Stripe-Signature"]!;
  assertEquals(
    await fate(STRIPE, {
      fields: { "Stripe-Signature": signature.replace(String(STRIPE.at), later) },
    }, 60 - STRIPE.at + SLACK.at),
    "wrong_signature",
  );
});

Deno.test("WebhookCheck takes one of several secrets, and one of several signatures", async () => {
  for (const signed of ALL) {
    const other = signed.provider === "standard" ? "whsec_AAAA" : "other";
    assertEquals(await judge(signed, { secrets: [other, signed.secret] }), "passes");
    assertEquals(await judge(signed, { secrets: [other, other] }), "wrong_signature");
  }
  const wrong = "0".repeat(64);
  const stripe = { "Stripe-Signature": `t=1492774577,v1=${wrong},v1=${STRIPE_SIGNATURE}` };
  assertEquals(await fate(STRIPE, { fields: stripe }), "passes");
  const standard = {
    ...STANDARD.fields,
    "webhook-signature": `v1,${"A".repeat(43)}= v1a,x ${STANDARD.fields["webhook-signature"]}`,
  };
  assertEquals(await fate(STANDARD, { fields: standard }), "passes");
});

Deno.test("WebhookCheck looks at no more than eight signatures", async () => {
  const wrong = Array(8).fill(`v1=${"0".repeat(64)}`).join(",");
  const fields = { "Stripe-Signature": `t=1492774577,${wrong},v1=${STRIPE_SIGNATURE}` };
  assertEquals(await fate(STRIPE, { fields }), "wrong_signature");
});

Deno.test("WebhookCheck knows Standard Webhooks by Svix's field names too", async () => {
  const fields = Object.fromEntries(
    Object.entries(STANDARD.fields).map((
      [name, value],
    ) => [name.replace("webhook", "svix"), value]),
  );
  assertEquals(await fate(STANDARD, { fields }), "passes");
});

Deno.test("WebhookCheck takes what could be read in two ways for no signature", async () => {
  const hex = GITHUB.fields["X-Hub-Signature-256"]!;
  const rows: [what: string, signed: Signed, fields: Record<string, string>][] = [
    ["SHA-1", GITHUB, { "X-Hub-Signature": `sha1=${"0".repeat(40)}` }],
    ["a short hash", GITHUB, { "X-Hub-Signature-256": hex.slice(0, -2) }],
    ["no scheme", GITHUB, { "X-Hub-Signature-256": hex.slice(7) }],
    ["two times", STRIPE, { "Stripe-Signature": `t=1,t=1492774577,v1=${STRIPE_SIGNATURE}` }],
    ["no time", STRIPE, { "Stripe-Signature": `v1=${STRIPE_SIGNATURE}` }],
    ["a time with a sign", STRIPE, { "Stripe-Signature": `t=+1492774577,v1=${STRIPE_SIGNATURE}` }],
    ["test signatures only", STRIPE, { "Stripe-Signature": `t=1492774577,v0=${STRIPE_SIGNATURE}` }],
    ["a dot in the id", STANDARD, { ...STANDARD.fields, "webhook-id": "msg_1.1614265330" }],
    ["no id", STANDARD, { ...STANDARD.fields, "webhook-id": "" }],
  ];
  for (const [what, signed, fields] of rows) {
    assertEquals(await fate(signed, { fields }), "unsigned", what);
  }
  const check = new WebhookCheck({ provider: "github", secrets: [GITHUB.secret] });
  const twice = HeaderBlock.of(["X-Hub-Signature-256", hex], ["X-Hub-Signature-256", hex]);
  assertEquals(check.claimOf(twice), "unsigned");
});

Deno.test("WebhookCheck refuses a secret that cannot be one, without showing it", () => {
  const error = assertThrows(
    () => new WebhookCheck({ provider: "standard", secrets: ["whsec_not base64"] }),
    TypeError,
  );
  assert(!error.message.includes("not base64"));
});
