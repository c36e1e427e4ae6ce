/**
 * The server's library.
 *
 * @module
 */

/** The version of this package. */
export const SERVER_VERSION = "0.1.0";
