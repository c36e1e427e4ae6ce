/**
 * The three packages behind one door, for whoever uses this repository as a
 * library.
 *
 * @module
 */

export * from "@tun/client";
export * from "@tun/protocol";
export * from "@tun/server";
