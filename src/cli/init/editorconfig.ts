import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * The properties that .editorconfig files give a file, lower-case: the nearer folder and the later section
 * override. https://spec.editorconfig.org
 * @param folders the file's folder and those above it, the nearest first
 */
export function editorconfigOf(folders: readonly string[], file: string): ReadonlyMap<string, string> {
  const found = folders.flatMap((folder) => {
    const config = path.join(folder, ".editorconfig");
    return existsSync(config) ? [{ folder, ...parse(readFileSync(config, "utf8")) }] : [];
  });
  const root = found.findIndex(({ isRoot }) => isRoot);
  const nearest = root < 0 ? found : found.slice(0, root + 1);
  return new Map(
    nearest
      .toReversed()
      .flatMap(({ folder, sections }) =>
        sections
          .filter(({ glob }) => matches(glob, path.relative(folder, file)))
          .flatMap(({ properties }) => properties),
      ),
  );
}

function parse(text: string) {
  // The line break separates an empty preamble.
  const [preamble = "", ...parts] = `\n${text}`.split(/^[ \t]*(?=\[)/m);
  return {
    isRoot: propertiesIn(preamble).some(([name, value]) => name === "root" && value === "true"),
    sections: parts.map((part) => ({
      glob: /^\[(.*)\]/.exec(part)?.[1] ?? "",
      properties: propertiesIn(part),
    })),
  };
}

function propertiesIn(text: string): readonly (readonly [name: string, value: string])[] {
  const lines = text.matchAll(/^[ \t]*([^#;[\s=][^=\n]*?)[ \t]*=[ \t]*(.*?)[ \t]*\r?$/gm);
  return [...lines].map(([, name = "", value = ""]) => [name.toLowerCase(), value.toLowerCase()] as const);
}

/** Whether a glob of a section names a file. One without a slash names files of all folders. */
function matches(glob: string, file: string): boolean {
  const pattern = glob.includes("/") ? glob.replace(/^\//, "") : `{,**/}${glob}`;
  const expression = pattern.replace(
    /\*\*|[*?{},]|\[!?|[\].+^$()|\\]/g,
    (token) => PATTERNS[token] ?? `\\${token}`,
  );
  try {
    return new RegExp(`^${expression}$`).test(file);
  } catch {
    return false;
  }
}

const PATTERNS: Readonly<Record<string, string>> = {
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
  "{": "(?:",
  "}": ")",
  ",": "|",
  "[": "[",
  "[!": "[^",
  "]": "]",
};
