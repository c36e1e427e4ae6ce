/**
 * `ssh -R`: OpenSSH's client asks a server of its own for a port. Keys and configuration are made
 * for one start and removed after it; nothing of the system's SSH is touched.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { systemProgram, versionOf } from "./folder.ts";
import { type Ground, onServer, type Plan, writeConfig } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

/** The fastest of its safe ciphers where the processor knows AES, as all servers' do. */
const CIPHER = "aes128-gcm@openssh.com";

/** Where Debian's server wants an empty folder before it starts. */
const PRIVILEGE_SEPARATION = "/run/sshd";

/** `ssh -R` as a contender; its encryption is always on. */
export const ssh: Contender = plannedContender({
  name: "ssh -R",
  family: "raw",
  settings: `cipher=${CIPHER} compression=no`,
  availability: async () =>
    await versionOf("ssh", [await systemProgram("sshd"), "-V"], /(?<=OpenSSH_)[\w.]+/),
  plan: planSsh,
});

async function planSsh(ground: Ground): Promise<Plan> {
  const { scratch, app } = ground;
  const control = onServer(ground, ground.freePort());
  const address = onServer(ground, ground.freePort());
  const [hostKey, userKey] = [`${scratch}/host_key`, `${scratch}/user_key`];
  await makeKey(hostKey);
  await makeKey(userKey);
  if (Deno.uid() === 0) await Deno.mkdir(PRIVILEGE_SEPARATION, { recursive: true });
  const publicHostKey = await Deno.readTextFile(`${hostKey}.pub`);
  const knownHosts = await writeConfig(
    ground,
    "known_hosts",
    `[${control.hostname}]:${control.port} ${publicHostKey}`,
  );
  const server = await writeConfig(
    ground,
    "sshd_config",
    `
ListenAddress ${control.hostname}:${control.port}
HostKey ${hostKey}
AuthorizedKeysFile ${userKey}.pub
AuthenticationMethods publickey
PermitRootLogin prohibit-password
# The folder of the keys is a temporary one, whose parent everybody may write to.
StrictModes no
UsePAM no
PidFile none
Ciphers ${CIPHER}
# Lets the client name the address that visitors come to.
GatewayPorts clientspecified
`,
  );
  const options = Object.entries({
    BatchMode: "yes",
    Ciphers: CIPHER,
    Compression: "no",
    ExitOnForwardFailure: "yes",
    IdentitiesOnly: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: knownHosts,
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return {
    servers: [{
      command: [await systemProgram("sshd"), "-D", "-e", "-f", server],
      listens: [control.port],
    }],
    clients: [{
      command: [
        // No configuration of whoever runs this.
        ...[await systemProgram("ssh"), "-F", "none", "-N", "-i", userKey, ...options],
        ...["-R", `${bracketed(address)}:${bracketed(app)}`, "-p", String(control.port)],
        `${await userName()}@${control.hostname}`,
      ],
    }],
    address,
    host: `${address.hostname}:${address.port}`,
  };
}

/** In brackets, whatever the address: the parts of a forwarding are divided by colons. */
function bracketed({ hostname, port }: Deno.NetAddr): string {
  return `[${hostname}]:${port}`;
}

async function makeKey(path: string): Promise<void> {
  const args = ["-q", "-t", "ed25519", "-N", "", "-f", path];
  const { success, stderr } = await new Deno.Command("ssh-keygen", { args }).output();
  if (!success) throw new Error(`ssh-keygen: ${new TextDecoder().decode(stderr)}`);
}

async function userName(): Promise<string> {
  const { stdout } = await new Deno.Command("id", { args: ["-un"] }).output();
  return new TextDecoder().decode(stdout).trim();
}
