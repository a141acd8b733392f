import { BEHAVIOURS, type Behaviour } from "./behaviours.ts";
import { isFailure, type Verdict } from "./finding.ts";

/** The verdicts of a sandbox on a target. */
export interface ProvedTarget {
  readonly sandbox: string;
  readonly target: string;
  readonly verdicts: readonly Verdict[];
}

/** Behaviours by targets. */
export interface Matrix {
  /** The names of the targets, in the order of the columns. */
  readonly targets: readonly string[];
  readonly rows: readonly { readonly behaviour: Behaviour; readonly cells: readonly Cell[] }[];
  /** What targets do instead: the text of note 1, of note 2 … */
  readonly notes: readonly string[];
  readonly failures: readonly Failure[];
}

/** A behaviour on a target. */
export interface Cell {
  /** `nothing`: no sandbox asks for it. `lost`: nowhere as declared, and the table of losses says so. */
  readonly state: "kept" | "lost" | "failed" | "nothing";
  /** The numbers of the notes. */
  readonly notes: readonly number[];
}

/** Where reality and the table of losses differ. */
export interface Failure {
  readonly target: string;
  readonly place: string;
  readonly reason: string;
}

/** Sums up the verdicts of all sandboxes. */
export function matrixOf(proved: readonly ProvedTarget[]): Matrix {
  const targets = [...new Set(proved.map(({ target }) => target))];
  const notes: string[] = [];
  const rows = (Object.keys(BEHAVIOURS) as Behaviour[]).map((behaviour) => ({
    behaviour,
    cells: targets.map((target) => {
      const verdicts = proved
        .filter((one) => one.target === target)
        .flatMap((one) => one.verdicts.filter((verdict) => verdict.behaviour === behaviour));
      return cellOf(verdicts, notes);
    }),
  }));
  const failures = proved.flatMap(({ target, verdicts }) =>
    verdicts
      .filter(isFailure)
      .map((verdict) => ({ target, place: verdict.place, reason: reasonOf(verdict) })),
  );
  return { targets, rows, notes, failures };
}

/** Adds the notes that are not there yet. */
function cellOf(verdicts: readonly Verdict[], notes: string[]): Cell {
  const lost = verdicts.filter(({ result }) => result === "lost");
  const texts = new Set(lost.flatMap(({ loss }) => (loss ? `${loss.feature}: ${loss.instead}` : [])));
  for (const text of texts) if (!notes.includes(text)) notes.push(text);
  const numbers = [...texts].map((text) => notes.indexOf(text) + 1);
  if (verdicts.length === 0) return { state: "nothing", notes: [] };
  if (verdicts.some(isFailure)) return { state: "failed", notes: numbers };
  return { state: lost.length === verdicts.length ? "lost" : "kept", notes: numbers };
}

function reasonOf({ result, seen, loss }: Verdict): string {
  if (result === "unfounded" && loss !== undefined)
    return `is as declared, but the losses of ${loss.target} say of ${loss.feature}: ${loss.instead}`;
  return seen;
}
