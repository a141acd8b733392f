import { BEHAVIOURS } from "../../proof/behaviours.ts";
import type { Cell, Matrix } from "../../proof/matrix.ts";
import { colors } from "../../terminal/colors.ts";
import { table } from "./table.ts";

/** The matrix of a proof as text, with its notes and failures below. */
export function describeMatrix({ targets, rows, notes, failures }: Matrix): string {
  const lines = rows.map(({ behaviour, cells }) => [BEHAVIOURS[behaviour], ...cells.map(cellText)]);
  const blocks = [table([["", ...targets.map((target) => colors.bold(target))], ...lines])];
  if (notes.length > 0) blocks.push(table(notes.map((note, index) => [superscript(index + 1), note])));
  if (failures.length > 0) {
    const failed = failures.map(({ target, place, reason }) => [colors.red("✗"), target, place, reason]);
    blocks.push(table(failed));
  }
  return `${blocks.join("\n\n")}\n`;
}

function cellText({ state, notes }: Cell): string {
  const marks = {
    kept: colors.green("✓"),
    lost: "–",
    failed: colors.red("✗"),
    nothing: colors.dim("·"),
  };
  return [marks[state], ...(notes.length > 0 ? [notes.map(superscript).join(" ")] : [])].join(" ");
}

function superscript(number: number): string {
  return [...String(number)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}
