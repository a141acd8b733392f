import type { Loss } from "../losses/losses.ts";
import type { Behaviour } from "./behaviours.ts";

/** What was seen of one behaviour at one place. */
export interface Finding {
  readonly behaviour: Behaviour;
  /** The path of the service or job. */
  readonly place: string;
  /** Whether it is as declared. */
  readonly kept: boolean;
  /** What was seen, with what was expected. Names no value of a variable. */
  readonly seen: string;
  /** The path of the property whose loss excuses it: `shop.services.cache.limits`. */
  readonly excuse?: string;
}

/**
 * A finding beside the table of losses.
 * - `kept`: as declared
 * - `lost`: not as declared, as the table says
 * - `broken`: not as declared, and the table does not say it
 * - `unfounded`: as declared, although the table says that it is lost
 */
export interface Verdict extends Finding {
  readonly result: "kept" | "lost" | "broken" | "unfounded";
  /** The declared loss that concerns it. */
  readonly loss?: Loss;
}

/** Compares a finding with the declared losses of its target. */
export function judge(finding: Finding, losses: readonly Loss[]): Verdict {
  const { excuse, kept } = finding;
  const loss = losses.find(({ path, differs }) => path === excuse && differs !== undefined);
  if (loss === undefined) return { ...finding, result: kept ? "kept" : "broken" };
  if (!kept) return { ...finding, loss, result: "lost" };
  return { ...finding, loss, result: loss.differs === "always" ? "unfounded" : "kept" };
}

/** Whether reality and the table of losses differ. */
export function isFailure({ result }: Verdict): boolean {
  return result === "broken" || result === "unfounded";
}
