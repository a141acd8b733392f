import { createHash, randomInt } from "node:crypto";

/** Who a fork belongs to: a process, as long as its connection, or nobody until a time. */
export type ForkOwner =
  | { readonly kind: "holder"; readonly holder: number }
  /** Seconds since 1970, by the clock of the server. */
  | { readonly kind: "until"; readonly until: number };

/** This process, or this worker thread, in the names of its forks: a positive integer of 31 bits. */
export const HOLDER = randomInt(1, 2 ** 31 - 1);

let made = 0;

/** A new name for a fork, which says who it belongs to: it has an owner from its first moment. */
export function newForkName(prefix: string, owner: ForkOwner): string {
  made += 1;
  if (owner.kind === "holder") return `${prefix}p${owner.holder.toString(36)}_${made.toString(36)}`;
  return `${prefix}u${owner.until.toString(36)}_${HOLDER.toString(36)}_${made.toString(36)}`;
}

/** The owner of a fork by its name; undefined for another name. */
export function ownerOfFork(prefix: string, name: string): ForkOwner | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const [, kind, digits = ""] = /^([pu])([0-9a-z]+)_/.exec(name.slice(prefix.length)) ?? [];
  if (kind === undefined) return undefined;
  const number = Number.parseInt(digits, 36);
  return kind === "p" ? { kind: "holder", holder: number } : { kind: "until", until: number };
}

/** A positive integer of 31 bits for a text. */
export function textNumber(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) >>> 1;
}
