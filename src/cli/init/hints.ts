import { DEFAULT_TARGET } from "../../stacks/stack-settings.ts";
import { AGENTS_FILE, CLAUDE_SETTINGS, SESSION_COMMAND, SKILL_FILE } from "./agent-files.ts";
import type { ComparedFile } from "./compare-folder.ts";
import type { InitRequest } from "./new-files.ts";
import { PROGRAM } from "./stack-files.ts";

/**
 * What a person has to add to the files that are kept, one line each: init changes no code.
 * @param sandboxes the file of the sandboxes
 * @param runners the file of the runners
 */
export function hints(
  files: readonly ComparedFile[],
  { services, stack, runner, gitlab, target }: InitRequest,
  modules: { readonly sandboxes: string; readonly runners: string },
): readonly string[] {
  const lacks = (path: string, text: string) =>
    files.some((file) => file.path === path && file.state === "kept" && !file.found?.includes(text));
  const missing = services.filter(({ from }) => lacks(modules.sandboxes, `${from}(`));
  return [
    ...missing.map(
      ({ key, from, name }) =>
        `${modules.sandboxes}: for ${name}, import { ${from} } from "nestbox/catalog", ` +
        `and add ${key}: ${from}() to services`,
    ),
    ...["Pulumi.dev.yaml", "Pulumi.branch.yaml"]
      .filter((file) => target !== DEFAULT_TARGET && lacks(file, "nestbox:target"))
      .map((file) => `${file}: for a cluster, add nestbox:target: kubernetes to config`),
    ...(stack && gitlab && lacks(modules.sandboxes, "perBranch")
      ? [`${modules.sandboxes}: for an environment per branch, add perBranch: true to a sandbox`]
      : []),
    ...(runner && lacks(PROGRAM, "runners")
      ? [`${PROGRAM}: for runners, add runners: () => import("../${modules.runners}")`]
      : []),
    ...(lacks(AGENTS_FILE, "nestbox")
      ? [`${AGENTS_FILE}: for agents, add: for services of tests, read ${SKILL_FILE}`]
      : []),
    ...(lacks(CLAUDE_SETTINGS, SESSION_COMMAND)
      ? [`${CLAUDE_SETTINGS}: for sessions, add a SessionStart hook with the command ${SESSION_COMMAND}`]
      : []),
  ];
}
