import type { ServiceChoice } from "./service-choices.ts";

/** The sandbox that `nestbox init` declares. */
export interface NewSandbox {
  readonly name: string;
  readonly services: readonly ServiceChoice[];
  /** Whether each branch gets an environment in GitLab. */
  readonly perBranch: boolean;
}

/** The module with the list of sandboxes. Without a relative import, any strict tsconfig.json fits. */
export function sandboxFile({ name, services, perBranch }: NewSandbox): string {
  const imported = services.map(({ from }) => from).sort();
  return `import { sandbox } from "nestbox";
import { ${imported.join(", ")} } from "nestbox/catalog";

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

function jobLines({ key, name, clientImage, script }: ServiceChoice): string {
  return `      "check-${name}": {
        image: ${JSON.stringify(clientImage)},
        env: ({ ${key} }) => ${key}.variables,
        script: [${quoted(script)}],
      },
`;
}

/** A string as the formatter writes it: in double quotes, unless single quotes need fewer escapes. */
function quoted(text: string): string {
  return text.includes('"') && !text.includes("'") ? `'${text}'` : JSON.stringify(text);
}
