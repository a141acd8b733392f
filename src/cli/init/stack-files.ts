import { DEFAULT_TARGET } from "../../stacks/stack-settings.ts";

/** A file of a project: its path from the project's folder, with slashes, and its content. */
export interface NewFile {
  readonly path: string;
  readonly content: string;
}

/** The program of the project's stacks. */
export const PROGRAM = "infra/index.ts";

/** The settings of a stack that init writes. */
interface WrittenSettings {
  readonly sandboxes: readonly string[];
  readonly target: "docker" | "kubernetes";
}

/** What a stack needs: the project of the Pulumi CLI, the settings of the stack dev, and the program. */
export function stackFiles(
  name: string,
  settings: WrittenSettings,
  modules: { readonly sandboxes: string; readonly runners?: string },
): readonly NewFile[] {
  return [
    { path: "Pulumi.yaml", content: pulumiProject(name) },
    { path: "Pulumi.dev.yaml", content: configuration(settings) },
    { path: PROGRAM, content: program(modules) },
  ];
}

/** Tells Node and Pulumi that the program is an ES module, in a package of CommonJS modules. */
export const PROGRAM_PACKAGE: NewFile = { path: "infra/package.json", content: '{ "type": "module" }\n' };

function pulumiProject(name: string): string {
  return `name: ${name}
description: Throw-away environments for integration tests
main: ${PROGRAM}
runtime:
  name: nodejs
  options:
    # Node runs TypeScript as it is: no type check and no build at start.
    typescript: false
`;
}

function program({ sandboxes, runners }: { readonly sandboxes: string; readonly runners?: string }): string {
  const runnersLine = runners === undefined ? "" : `  runners: () => import("../${runners}"),\n`;
  return `import { bringUp } from "nestbox/pulumi";

/** Creates what the settings of the stack ask for, and exports how its services are reached. */
export default await bringUp({
  sandboxes: () => import("../${sandboxes}"),
${runnersLine}});
`;
}

/** The settings of every branch's stack. */
export function branchSettings(settings: WrittenSettings): NewFile {
  return {
    path: "Pulumi.branch.yaml",
    content: `# The settings that \`nestbox up --branch\` gives to the stack of each branch.
${configuration(settings)}  nestbox:timeToLive: 8h
`,
  };
}

function configuration({ sandboxes, target }: WrittenSettings): string {
  const targetLine = target === DEFAULT_TARGET ? "" : `  nestbox:target: ${target}\n`;
  return `config:\n  nestbox:sandboxes: [${sandboxes.join(", ")}]\n${targetLine}`;
}

/** The scopes of the token. */
const SCOPES = "# scopes create_runner, manage_runner";

/**
 * The settings of the stack that registers and runs the runners. It names no project of GitLab: a number that
 * is not the user's would register the runners elsewhere.
 * @param gitlabUrl the address of GitLab
 */
export function runnerSettings(gitlabUrl: string, runners: string): NewFile {
  return {
    path: "Pulumi.ci.yaml",
    content: `\
# The stack of the GitLab runners in ${runners}, on a Docker host of their own. Complete it, then:
#   export PULUMI_CONFIG_PASSPHRASE=…       # the state holds the runners' tokens
#   npx nestbox pulumi stack init ci
#   npx nestbox pulumi config set -s ci --secret --path nestbox:runner.token   ${SCOPES}
#   npx nestbox up --stack ci
config:
  nestbox:runner:
    gitlabUrl: ${gitlabUrl}
    # The jobs that the runners take; write one of these lines:
    # project: <number>
    # group: <number>
    # instance: true
`,
  };
}
