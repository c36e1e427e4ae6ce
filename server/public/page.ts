/**
 * What people see on the bare domain: that this is a tun server, and how to use it.
 * Called in process, so that there is no second parser to smuggle past.
 *
 * @module
 */

import { Hono } from "hono";

/** Makes the app of the control side. */
export function publicPage(
  origin: string,
): { fetch(request: Request): Response | Promise<Response> } {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    c.header("X-Content-Type-Options", "nosniff");
  });
  app.get("/", (c) => c.html(welcome(origin)));
  app.get("/robots.txt", (c) => c.text("User-agent: *\nDisallow: /\n"));
  app.get("/connect", (c) => {
    c.header("Upgrade", "tun, websocket");
    return c.text("Tunnels are opened here, with Upgrade: tun\n", 426);
  });
  app.notFound((c) => c.text("There is nothing here.\n", 404));
  return { fetch: (request) => app.fetch(request) };
}

function welcome(origin: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>tun</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 18vh auto 0; max-width: 38em; padding: 0 1em;
    color-scheme: light dark; }
  h1 { font-size: 1.5em; margin: 0; }
  pre { border: 1px solid #8886; border-radius: .5em; overflow-x: auto; padding: .8em 1em; }
</style>
<h1>tun</h1>
<p>This server lends public addresses to services on other machines. To put one on the air:</p>
<pre>tun 3000 --endpoint ${escapeHtml(origin)}</pre>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
