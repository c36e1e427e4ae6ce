/**
 * A server as a process, with TLS and a config file that a test writes anew, and the visitors and
 * tunnels that are there while it reloads.
 *
 * @module
 */

import {
  caCert,
  localhostCert,
  localhostKey,
  renewedCaCert,
  renewedCert,
  renewedKey,
} from "../support/transport_certificates.ts";
import { type PrintedEvent, ProgramProcess, ServerProcess } from "../e2e/endurance_process.ts";

/** A certificate, its key, and who vouches for it. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Two that do not vouch for each other. */
export const CERTIFICATES: readonly [Certificate, Certificate] = [
  { cert: localhostCert, key: localhostKey, ca: caCert },
  { cert: renewedCert, key: renewedKey, ca: renewedCaCert },
];

/** The server and its files. */
export class ReloadWorld implements AsyncDisposable {
  /** The process. */
  readonly server: ServerProcess;
  readonly #clients: ProgramProcess[] = [];
  readonly #directory: string;
  readonly #undo: AsyncDisposableStack;

  private constructor(server: ServerProcess, directory: string, undo: AsyncDisposableStack) {
    this.server = server;
    this.#directory = directory;
    this.#undo = undo;
  }

  /**
   * Starts a server with a config file of these lines, beside those for the certificate, and with
   * other `files`. It asks nobody for a token unless the lines say whose are taken.
   */
  static async start(
    lines: string,
    certificate?: Certificate,
    files: Readonly<Record<string, string>> = {},
  ): Promise<ReloadWorld> {
    await using undo = new AsyncDisposableStack();
    const directory = undo.adopt(
      await Deno.makeTempDir({ prefix: "tun-reload-" }),
      (path) => Deno.remove(path, { recursive: true }),
    );
    const write = writing(directory);
    write("server.toml", lines + (certificate === undefined ? "" : CERTIFICATE_LINES));
    write("authorities.pem", CERTIFICATES.map(({ ca }) => ca).join(""));
    for (const [name, text] of Object.entries(files)) write(name, text);
    if (certificate !== undefined) writeCertificate(write, certificate);
    const auth = /^jwks\b/m.test(lines) ? ["--no-auth=false"] : [];
    const config = ["--config", `${directory}/server.toml`];
    const server = undo.use(await ServerProcess.start(...config, ...auth));
    return new ReloadWorld(server, directory, undo.move());
  }

  /** Starts a client that trusts both authorities; its tunnel is up when this resolves. */
  async client(...args: string[]): Promise<PrintedEvent> {
    return await this.startClient(args).event("ready");
  }

  /** Starts a client, perhaps with a token. */
  startClient(args: readonly string[], token?: string): ProgramProcess {
    const client = this.#undo.use(
      ProgramProcess.start("client/main.ts", [
        ...args,
        ...["--json", "--ca", `${this.#directory}/authorities.pem`],
      ], {
        XDG_CONFIG_HOME: this.#directory,
        ...(token === undefined ? {} : { TUN_TOKEN: token }),
      }),
    );
    this.#clients.push(client);
    return client;
  }

  /** Where the config file is. */
  get configFile(): string {
    return `${this.#directory}/server.toml`;
  }

  /** What the clients have said. */
  get clientEvents(): readonly string[] {
    return this.#clients.flatMap(({ events }) => events.all.map(({ event }) => event));
  }

  /** Puts another certificate into the same files. */
  changeCertificate(certificate: Certificate): void {
    writeCertificate(writing(this.#directory), certificate);
  }

  /** Writes one of the files anew. */
  write(name: string, text: string): void {
    writing(this.#directory)(name, text);
  }

  /** Asks for a reload; gives what the server has said about it, the last being how it ended. */
  async reload(): Promise<readonly PrintedEvent[]> {
    const { events } = this.server.program;
    const start = events.all.length;
    this.server.program.kill("SIGHUP");
    await events.first(({ event }) => event === "reload_done" || event === "reload_failed", start);
    return events.all.slice(start).filter(({ event }) => /^(reload|needs_restart)/.test(event));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo[Symbol.asyncDispose]();
  }
}

const CERTIFICATE_LINES = `\ntls_cert = "cert.pem"\ntls_key = "key.pem"\n`;

type Write = (name: string, text: string) => void;

function writing(directory: string): Write {
  return (name, text) => Deno.writeTextFileSync(`${directory}/${name}`, text);
}

function writeCertificate(write: Write, { cert, key }: Certificate): void {
  write("cert.pem", cert);
  write("key.pem", key);
}
