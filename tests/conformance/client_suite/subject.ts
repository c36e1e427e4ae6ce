/**
 * The client under test, as something that can be started and stopped.
 *
 * @module
 */

/** What a client is started with. */
export interface SubjectEnvironment {
  /** `tcp://127.0.0.1:PORT`. */
  readonly TUN_ENDPOINT: string;
  /** The token to say. */
  readonly TUN_TOKEN: string;
}

/** A client that runs. */
export interface RunningSubject {
  /** Its exit code, once it has ended. */
  readonly exited: Promise<number>;
  /** Stops it. */
  stop(): void;
}

/** Starts a client. */
export type Subject = (environment: SubjectEnvironment) => RunningSubject;

/** A command for a shell. What it writes goes to where our own errors go. */
export function commandSubject(command: string, isVerbose: boolean): Subject {
  return (environment) => {
    const child = new Deno.Command("sh", {
      args: ["-c", command],
      env: { ...environment },
      stdin: "null",
      stdout: isVerbose ? "inherit" : "null",
      stderr: "inherit",
      // A group of its own, so that what the shell starts can be stopped with it.
      detached: true,
    }).spawn();
    return {
      exited: child.status.then(({ code }) => code),
      stop: () => {
        try {
          Deno.kill(-child.pid, "SIGKILL");
        } catch {
          // It has ended.
        }
      },
    };
  };
}
