/**
 * The app that the victim exposes, a process of its own: what it does for an attacker must not be
 * measured as the server's doing.
 *
 * @module
 */

const PIECE = new Uint8Array(64 * 1024);

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) =>
    Deno.stdout.writeSync(
      new TextEncoder().encode(`${JSON.stringify({ event: "listening", port })}\n`),
    ),
}, async (request) => {
  if (request.url.endsWith("/endless")) {
    return new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(PIECE.slice()) }),
    );
  }
  // An upload is read to its end, however long that takes.
  await request.body?.pipeTo(new WritableStream());
  return new Response("hello");
});
