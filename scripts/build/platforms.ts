/**
 * The systems that executables are made for.
 *
 * @module
 */

/** A system, and what things are called there. */
export interface Platform {
  /** What people call it; part of an archive's name. */
  readonly name: string;
  /** What `deno compile --target` calls it. */
  readonly target: string;
  /** What an executable's name ends in. */
  readonly suffix: "" | ".exe";
}

/** All five. */
export const PLATFORMS: readonly Platform[] = [
  { name: "linux-x64", target: "x86_64-unknown-linux-gnu", suffix: "" },
  { name: "linux-arm64", target: "aarch64-unknown-linux-gnu", suffix: "" },
  { name: "macos-x64", target: "x86_64-apple-darwin", suffix: "" },
  { name: "macos-arm64", target: "aarch64-apple-darwin", suffix: "" },
  { name: "windows-x64", target: "x86_64-pc-windows-msvc", suffix: ".exe" },
];

/** The platform of that name or target. */
export function platformOf(name: string): Platform | undefined {
  return PLATFORMS.find((platform) => platform.name === name || platform.target === name);
}
