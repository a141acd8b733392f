import { type Duration, milliseconds } from "../../model/duration.ts";

/** The span of time in which one token of a runner serves. */
export interface TokenTerm {
  /** In ISO 8601. */
  readonly from: string;
  /** The first `up` after this makes another token. In ISO 8601. */
  readonly until: string;
}

/**
 * The term that `now` lies in: half of the tokens' lifetime. However late in a term a token is made, it still
 * lives through all of the next one, in which an `up` replaces it. Terms begin at fixed times, so that an
 * `up` within one changes nothing.
 * @param lifetime how long GitLab lets a token live
 */
export function tokenTerm(lifetime: Duration, now: Date): TokenTerm {
  const length = milliseconds(lifetime) / 2;
  const place = Math.floor(now.getTime() / length);
  return { from: isoTime(place * length), until: isoTime((place + 1) * length) };
}

/** What GitLab keeps about a runner whose token is replaced; another term is another note. */
export function rotationNote({ from, until }: TokenTerm): string {
  return `Kept by nestbox. Its token serves from ${from} until the first up after ${until}.`;
}

/**
 * What is wrong with a token's end: undefined when it is replaced in time, or has none.
 * @param end when GitLab ends it, in ISO 8601, if GitLab said so
 */
export function tokenWarning(
  runner: string,
  end: string | undefined,
  term: TokenTerm | undefined,
): string | undefined {
  if (end === undefined) return undefined;
  const ends = `runner ${runner}: GitLab ends its token at ${isoTime(Date.parse(end))}`;
  if (term === undefined)
    return `${ends}; set tokenLifetime to how long tokens live there, and up replaces it in time`;
  if (Date.parse(end) > Date.parse(term.until)) return undefined;
  return `${ends}, before it is replaced after ${term.until}; tokenLifetime must be as short as GitLab's`;
}

function isoTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
