/**
 * Recognises the answers with which development servers refuse a `Host` that they do not know, and
 * says what helps. To the visitor they are just an error page, and the person sees a 403 of the
 * app's own with no hint that the tunnel's name is what it dislikes.
 *
 * @module
 */

/** How one server refuses, and what to do about it. */
interface Fingerprint {
  readonly server: string;
  readonly status: readonly number[];
  /** All of these are in the body; the texts have been the same for years. */
  readonly body: readonly string[];
  /** Only below this path. */
  readonly path?: string;
  readonly advice: string;
}

const REWRITE = "start the tunnel with --host-header rewrite";

const FINGERPRINTS: readonly Fingerprint[] = [
  {
    server: "Vite",
    status: [403],
    body: ["Blocked request. This host", "allowedHosts"],
    advice: `${REWRITE}, or add the host to allowedHosts in its config`,
  },
  {
    // Version 4 says it with status 200, version 5 with 403.
    server: "webpack-dev-server",
    status: [200, 403],
    body: ["Invalid Host header"],
    advice: `${REWRITE}, or set allowedHosts in its config`,
  },
  {
    // It checks X-Forwarded-Host as well, which the flag leaves as it is.
    server: "Rails",
    status: [403],
    body: ["Blocked host", "config.hosts"],
    advice: "add the host to config.hosts (--host-header does not help with Rails)",
  },
  {
    server: "Rails",
    status: [403],
    body: ["are not allowed! To allow them", "config.hosts"],
    advice: "add the host to config.hosts (--host-header does not help with Rails)",
  },
  {
    server: "Django",
    status: [400],
    body: ["DisallowedHost at", "Invalid HTTP_HOST header"],
    advice: `${REWRITE}, or add the host to ALLOWED_HOSTS`,
  },
  {
    // It goes by Origin and Referer, not by Host.
    server: "Next.js",
    status: [403],
    path: "/_next/",
    body: ["Unauthorized"],
    advice: "add the host to allowedDevOrigins in its config",
  },
];

/** Where the texts stand at the latest: Django's are in the title and the first heading. */
const LOOKED_AT_BYTES = 8 * 1024;

/** The longest refusal that comes with status 200: anything longer is a real page. */
const SHORT_BYTES = 64;

/** What it begins with: most short answers are told from it without making text of them. */
const SHORT_FIRST = "I".charCodeAt(0);

const decoder = new TextDecoder();

/**
 * What to tell the person about an answer, or `undefined` if it is no such refusal.
 *
 * @param body The first piece of it.
 */
export function hostMismatch(
  path: string,
  status: number,
  body: Uint8Array | undefined,
): string | undefined {
  if (body === undefined || !mayBeRefusal(status, body)) return undefined;
  const text = decoder.decode(body.subarray(0, LOOKED_AT_BYTES));
  const match = FINGERPRINTS.find((fingerprint) =>
    fingerprint.status.includes(status) && path.startsWith(fingerprint.path ?? "") &&
    fingerprint.body.every((part) => text.includes(part))
  );
  if (match === undefined) return undefined;
  return `${match.server} refuses the public host name: ${match.advice}`;
}

/** Asked for every answer, so it has to be cheap. */
function mayBeRefusal(status: number, body: Uint8Array): boolean {
  return status === 403 || status === 400 ||
    (status === 200 && body.length <= SHORT_BYTES && body[0] === SHORT_FIRST);
}
