import { createColors } from "picocolors";

/** Colours on a terminal, unless NO_COLOR is set. By default picocolors also colours the logs of CI jobs. */
export const colors = createColors(
  process.stdout.isTTY === true && process.stderr.isTTY === true && mayColour(),
);

/** Whether NO_COLOR allows colours. An empty value counts as unset: https://no-color.org */
export function mayColour(): boolean {
  return !process.env.NO_COLOR;
}
