/**
 * The public end of tun, as a library.
 *
 * @module
 */

export { SERVER_DEFAULTS, type ServerConfig } from "./cli/config.ts";
export { type Log, type LogFields, makeLog, silentLog } from "./log/log.ts";
export { createServer, Server, type ServerDependencies } from "./server.ts";
