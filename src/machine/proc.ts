import { readdirSync, readFileSync } from "node:fs";

/** The text of a file, for those of /proc, which only Linux has. Undefined for one that cannot be read. */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** The IDs of all processes that are visible here. Empty if the system does not show them. */
export function processIds(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
