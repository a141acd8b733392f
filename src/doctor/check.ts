/** The result of one check. */
export interface Check {
  /** A stable short name, for programs. */
  readonly id: string;
  /** `warning`: it works, with a drawback. `unknown`: it could not be determined from here. */
  readonly state: "good" | "warning" | "problem" | "unknown";
  readonly finding: string;
  /** The fix of a warning or a problem. */
  readonly remedy?: string;
}

export function good(id: string, finding: string): Check {
  return { id, state: "good", finding };
}

export function uncertain(id: string, finding: string): Check {
  return { id, state: "unknown", finding };
}

export function warning(id: string, finding: string, remedy: string): Check {
  return { id, state: "warning", finding, remedy };
}

export function failed(id: string, finding: string, remedy: string): Check {
  return { id, state: "problem", finding, remedy };
}
