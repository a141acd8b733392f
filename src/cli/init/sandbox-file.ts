import type { CatalogEntry } from "../../catalog/index.ts";

/** The sandbox that `nestbox init` declares. */
export interface NewSandbox {
  readonly name: string;
  readonly services: readonly CatalogEntry[];
  /** Whether each branch gets an environment in GitLab. */
  readonly perBranch: boolean;
}

/** The module with the list of sandboxes. Without a relative import, any strict tsconfig.json fits. */
export function sandboxFile({ name, services, perBranch }: NewSandbox): string {
  return `import { sandbox } from "nestbox";
${importLines(services.map(({ from }) => from).sort())}

/** The sandboxes of this project. */
export default [
  sandbox(${JSON.stringify(name)}, {
${perBranch ? "    perBranch: true,\n" : ""}    services: {
${services.map(({ key, from }) => `      ${key}: ${from}(),\n`).join("")}    },
    jobs: {
${services.map(jobLines).join("")}    },
  }),
];
`;
}

/** The columns of a line, as formatters have them without settings. */
const WIDTH = 80;

function importLines(names: readonly string[]): string {
  const line = `import { ${names.join(", ")} } from "nestbox/catalog";`;
  if (line.length <= WIDTH) return line;
  return `import {\n${names.map((name) => `  ${name},\n`).join("")}} from "nestbox/catalog";`;
}

function jobLines({ key, name, check: { image, script } }: CatalogEntry): string {
  const line = `        script: [${quoted(script)}],`;
  const lines = line.length <= WIDTH ? line : `        script: [\n          ${quoted(script)},\n        ],`;
  return `      "check-${name}": {
        image: ${JSON.stringify(image)},
        env: ({ ${key} }) => ${key}.variables,
${lines}
      },
`;
}

/** A string as the formatter writes it: in double quotes, unless single quotes need fewer escapes. */
function quoted(text: string): string {
  return text.includes('"') && !text.includes("'")
    ? `'${text.replaceAll("\\", "\\\\")}'`
    : JSON.stringify(text);
}
