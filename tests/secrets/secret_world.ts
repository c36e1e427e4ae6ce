/**
 * A server, its clients and an app, with a secret in every place that may hold one.
 *
 * @module
 */

import { caCert, localhostCert, localhostKey } from "../support/transport_certificates.ts";
import { TokenSigner } from "../support/token_signer.ts";
import { Evidence, filesIn } from "./evidence.ts";
import { PlantedSecrets, randomPassword, randomSecret } from "./planted.ts";
import { type ProgramOptions, RecordedProgram } from "./recorded_program.ts";

/** The variants of a world. */
export interface WorldOptions {
  readonly log: "text" | "json";
  readonly withTls: boolean;
  /** Without tokens, clients prove by their lease keys who they are. */
  readonly withAuth: boolean;
}

/** Where the server listens. */
export interface Ports {
  readonly http: number;
  readonly tunnel: number;
  readonly admin: number;
}

/** All of it. */
export class SecretWorld implements AsyncDisposable {
  readonly secrets: PlantedSecrets = new PlantedSecrets();
  readonly evidence: Evidence = new Evidence();
  readonly options: WorldOptions;
  readonly jwtSecret: string;
  readonly adminToken: string;
  /** For visitors of a tunnel: `user:password`. */
  readonly login: string;
  readonly webhookSecret: string;
  /** What visitors bring, and the app may see. */
  readonly visitor: { readonly cookie: string; readonly bearer: string; readonly query: string };
  /** A directory for whatever is needed. */
  readonly directory: string = Deno.makeTempDirSync({ prefix: "tun-secrets-" });
  server!: RecordedProgram;
  ports!: Ports;
  readonly #undo = new AsyncDisposableStack();
  #isKeyServerUp = false;

  private constructor(options: WorldOptions) {
    this.options = options;
    const { secrets } = this;
    this.jwtSecret = secrets.plant("the secret of tokens");
    this.adminToken = secrets.plant("the operators' token");
    const password = secrets.plant("a visitors' password", randomPassword());
    this.login = `ada:${password}`;
    this.webhookSecret = secrets.plant("a webhook secret");
    this.visitor = {
      cookie: secrets.plant("a visitor's cookie"),
      bearer: secrets.plant("a visitor's Authorization"),
      query: secrets.plant("a visitor's query"),
    };
    const key = localhostKey.replace(/-----[^-]+-----/g, "").trim();
    for (const line of key.split("\n")) {
      secrets.plant(`the key of the certificate, ${line.length}`, line);
    }
  }

  /** Starts app and server. */
  static async start(options: WorldOptions): Promise<SecretWorld> {
    const world = new SecretWorld(options);
    world.#undo.defer(() => Deno.remove(world.directory, { recursive: true }));
    try {
      await world.#startServer();
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A file in the directory; gives its path. */
  write(name: string, text: string, mode = 0o600): string {
    const path = `${this.directory}/${name}`;
    Deno.writeTextFileSync(path, text, { mode });
    return path;
  }

  /** A token, planted. */
  async token(
    name: string,
    claims: Record<string, unknown> = {},
    secret: string = this.jwtSecret,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const signed = await TokenSigner.ofSecret(secret).sign({
      planted: randomSecret(),
      sub: "ada",
      names: ["*"],
      exp: now + 3600,
      ...claims,
    });
    return this.secrets.plantToken(name, signed);
  }

  /** Where clients go to. */
  get endpoint(): string {
    return `${this.options.withTls ? "https" : "http"}://localhost:${this.ports.http}`;
  }

  /** Starts an app that shows what it was asked, and is recorded. */
  app(): number {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const fields = Array.from(request.headers, ([name, value]) => `${name}: ${value}`);
      this.evidence.add("app", [`${request.method} ${request.url}`, ...fields].join("\n"));
      return new Response("hello", { status: request.url.includes("/broken") ? 500 : 200 });
    });
    this.#undo.use(server);
    return server.addr.port;
  }

  /** Starts a client, and waits for its URL. */
  async client(name: string, options: ProgramOptions): Promise<RecordedProgram> {
    const client = this.#undo.use(
      await RecordedProgram.start(
        "client/main.ts",
        name,
        this.#forClient(name, options),
        this.evidence,
      ),
    );
    await client.until(/https?:\/\/\S+\.localhost:\d+/);
    client.lookAtProcessList();
    return client;
  }

  /** Runs a client to its end; gives its exit code. */
  async runClient(name: string, options: ProgramOptions): Promise<number> {
    const { evidence } = this;
    const given = this.#forClient(name, options);
    return (await RecordedProgram.run("client/main.ts", name, given, evidence)).code;
  }

  /** The environment of a client with a configuration directory of its own. */
  #forClient(name: string, { args, env, ...more }: ProgramOptions): ProgramOptions {
    const home = `${this.directory}/home of ${name}`;
    return {
      ...more,
      args,
      env: {
        XDG_CONFIG_HOME: home,
        TUN_ENDPOINT: this.endpoint,
        TUN_CA: `${this.directory}/ca.pem`,
        ...env,
      },
    };
  }

  /** Runs `tun-server` with some arguments to its end. */
  async runServer(name: string, args: readonly string[], stdin?: string): Promise<string> {
    const env = { TUN_JWT_SECRET: this.jwtSecret };
    const given = { args, env, ...(stdin === undefined ? {} : { stdin }) };
    return (await RecordedProgram.run("server/main.ts", name, given, this.evidence)).text;
  }

  /** Writes the server's config anew, and waits until it has been read. */
  async reload(lines: string, outcome: "reload_done" | "reload_failed"): Promise<void> {
    this.write("server.toml", lines);
    const before = this.server.count(outcome);
    this.server.kill("SIGHUP");
    await this.server.until(outcome, before + 1);
  }

  /** A config that works. */
  get goodConfig(): string {
    const { withTls, withAuth } = this.options;
    const tls = `tls_cert = "cert.pem"\ntls_key = "key.pem"\n`;
    const auth = `jwt_secret_file = "jwt-secret"\njwks = "${this.#jwks}"\nrevoked = "revoked"\n`;
    return (withTls ? tls : "") + (withAuth ? auth : "no_auth = true\n");
  }

  #jwks = "";

  /** The key server answers from now on. */
  publishKeys(): void {
    this.#isKeyServerUp = true;
  }

  async #startServer(): Promise<void> {
    const { secrets, options: { log, withAuth } } = this;
    const pair = await TokenSigner.pair("ES256", "a");
    const keys = this.#undo.use(
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
        return this.#isKeyServerUp
          ? Response.json({ keys: [pair.jwk] })
          : new Response("", { status: 503 });
      }),
    );
    const user = secrets.plant("the password of a key set");
    const query = secrets.plant("the query of a key set");
    this.#jwks = `http://ada:${user}@127.0.0.1:${keys.addr.port}/keys?key=${query}`;
    this.write("ca.pem", caCert);
    this.write("cert.pem", localhostCert);
    this.write("key.pem", localhostKey);
    this.write("jwt-secret", `${this.jwtSecret}\n`);
    this.write("revoked", "jti:denied\n");
    const config = this.write("server.toml", this.goodConfig);
    const listen = ["http", "tunnel", "admin"].flatMap((name) => [`--${name}`, "127.0.0.1:0"]);
    const args = [...listen, "--log", log, "-v", "--state", `${this.directory}/state`];
    this.server = this.#undo.use(
      await RecordedProgram.start("server/main.ts", "server", {
        args: [...args, "--config", config],
        env: { TUN_ADMIN_TOKEN: this.adminToken },
      }, this.evidence),
    );
    const said = await this.server.until(/listening[^]*\n/);
    const port = (name: string) =>
      Number(new RegExp(`\\b${name}["=:]+127\\.0\\.0\\.1:(\\d+)`).exec(said)?.[1]);
    this.ports = { http: port("http"), tunnel: port("tunnel"), admin: port("admin") };
    this.server.lookAtProcessList();
    if (withAuth) await this.server.until(/keys_failed/);
  }

  /** Learns the lease keys that clients have made, and puts the other files into the evidence. */
  async lookAtFiles(): Promise<readonly { readonly path: string; readonly mode: number }[]> {
    const found = [];
    for await (const { path, text, mode } of filesIn(this.directory)) {
      const name = path.slice(this.directory.length + 1);
      const leaseKey = /"key":"([0-9a-f]{64})"/.exec(text)?.[1];
      if (leaseKey !== undefined) this.secrets.plant("a lease key", leaseKey);
      if (/^state\/(?:secret|first-token|admin-token)$/.test(name)) {
        this.secrets.plant(name, text.trim());
      } else if (name.startsWith("state/")) this.evidence.add(`file ${name}`, text);
      if (/^state\/|^home of/.test(name)) found.push({ path: name, mode });
    }
    return found;
  }

  /** Ends everything; what was printed until the end is in the evidence then. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo[Symbol.asyncDispose]();
  }
}

/** The secret with which a connection is taken up again, as it passed over the wire. */
export function resumeSecretIn(wire: string): string {
  const secret = /"secret":"([0-9a-f]{64})"/.exec(wire)?.[1];
  if (secret === undefined) throw new Error("No WELCOME has passed");
  return secret;
}
