import { colors } from "../../terminal/colors.ts";
import type { ComparedFile } from "../init/compare-folder.ts";
import { table } from "./table.ts";

/** The files of `nestbox init`, one a line: what happened to each, and what was added to it. */
export function describeFiles(files: readonly ComparedFile[]): string {
  const marks = {
    written: colors.green("written"),
    extended: colors.yellow("changed"),
    kept: colors.dim("left"),
  } as const;
  const rows = files.map((file) => [marks[file.state], file.path, colors.dim(detailOf(file))]);
  return `${table(rows)}\n`;
}

function detailOf({ state, content, found = "" }: ComparedFile): string {
  if (state === "written") return "";
  if (state === "kept") return "is there";
  const before = new Set(linesOf(found));
  const added = linesOf(content).filter((line) => !before.has(line) && !/[{}]$/.test(line));
  return added.join(", ");
}

/** The lines of a text, without indentation and commas. */
function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => line.trim().replace(/,$/, ""));
}
