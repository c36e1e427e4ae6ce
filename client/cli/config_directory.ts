/**
 * Where a person's settings and keys live on each system.
 *
 * @module
 */

import type { Environment } from "../environment.ts";

/**
 * The directory of `tun`, or nothing where the environment names no home.
 * `XDG_CONFIG_HOME` wins everywhere, since whoever sets it means it.
 */
export function configDirectory(env: Environment, os: string): string | undefined {
  // The XDG specification: a relative path is invalid and to be ignored.
  if (env.XDG_CONFIG_HOME?.startsWith("/")) return `${env.XDG_CONFIG_HOME}/tun`;
  if (os === "windows") {
    const base = env.APPDATA || (env.USERPROFILE && `${env.USERPROFILE}\\AppData\\Roaming`);
    return base ? `${base}\\tun` : undefined;
  }
  if (!env.HOME) return undefined;
  return os === "darwin"
    ? `${env.HOME}/Library/Application Support/tun`
    : `${env.HOME}/.config/tun`;
}
