import { type Duration, milliseconds } from "../../model/duration.ts";

/** The period in which a runner uses one token. */
export interface TokenTerm {
  /** In ISO 8601. */
  readonly from: string;
  /** The first `up` after this time replaces the token. In ISO 8601. */
  readonly until: string;
}

/**
 * The term at a time. A term is half of a token's lifetime, so any token stays valid through the next term,
 * in which an `up` replaces it. Terms start at fixed times: an `up` within a term changes nothing.
 * @param lifetime the lifetime of tokens in GitLab
 */
export function tokenTerm(lifetime: Duration, now: Date): TokenTerm {
  const length = milliseconds(lifetime) / 2;
  const index = Math.floor(now.getTime() / length);
  return { from: isoTime(index * length), until: isoTime((index + 1) * length) };
}

/** The maintenance note of a runner in GitLab. A new term changes it, and a change replaces the runner. */
export function rotationNote({ from, until }: TokenTerm): string {
  return `Managed by nestbox. The token is used from ${from} until the first up after ${until}.`;
}

/**
 * The warning for a token that expires before its replacement; undefined if it does not.
 * @param end the expiry in GitLab, in ISO 8601; undefined if unknown or never
 */
export function tokenWarning(
  runner: string,
  end: string | undefined,
  term: TokenTerm | undefined,
): string | undefined {
  if (end === undefined) return undefined;
  const expires = `runner ${runner}: the token expires at ${isoTime(Date.parse(end))}`;
  if (term === undefined)
    return `${expires}; set tokenLifetime to the lifetime of tokens in GitLab, and up replaces it in time`;
  if (Date.parse(end) > Date.parse(term.until)) return undefined;
  return `${expires}, before its replacement after ${term.until}; set tokenLifetime to GitLab's lifetime`;
}

function isoTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
