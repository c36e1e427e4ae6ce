import { assertEquals } from "@std/assert";
import { PublicUrls } from "./public_urls.ts";

const base = { domain: "tun.example", isTls: false, port: 8080, single: false };

Deno.test("PublicUrls derives addresses from what is listened on", () => {
  const urls = new PublicUrls(base);
  assertEquals(urls.origin, "http://tun.example:8080");
  assertEquals(urls.http("app"), "http://app.tun.example:8080");
  assertEquals(urls.tcp("20001"), "tcp://tun.example:20001");
});

Deno.test("PublicUrls leaves a usual port out", () => {
  assertEquals(new PublicUrls({ ...base, port: 80 }).http("app"), "http://app.tun.example");
  const tls = new PublicUrls({ ...base, isTls: true, port: 443 });
  assertEquals(tls.http("app"), "https://app.tun.example");
});

Deno.test("PublicUrls starts from the front, if there is one", () => {
  const urls = new PublicUrls({ ...base, publicUrl: "https://tun.example" });
  assertEquals(urls.http("app"), "https://app.tun.example");
});

Deno.test("PublicUrls gives the only tunnel the origin", () => {
  assertEquals(new PublicUrls({ ...base, single: true }).http("single"), "http://tun.example:8080");
});
