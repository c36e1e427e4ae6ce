/**
 * The client's library.
 *
 * @module
 */

/** The version of this package. */
export const CLIENT_VERSION = "0.1.0";
