import type { NewFile } from "./stack-files.ts";

export const AGENTS_FILE = "AGENTS.md";
export const CLAUDE_SETTINGS = ".claude/settings.json";
export const SKILL_FILE = ".claude/skills/nestbox/SKILL.md";

/** What the hook runs. `--no-install`: a checkout without packages downloads none. */
export const SESSION_COMMAND = "npx --no-install nestbox ls";

/**
 * The files that tell agents how to use the sandboxes. No hook for the removal of a worktree: Claude Code
 * runs WorktreeRemove only for worktrees that a WorktreeCreate hook made. `ls` at the start of a session
 * removes the sandboxes of worktrees that are gone.
 */
export function agentFiles(sandbox: string): readonly NewFile[] {
  return [
    { path: AGENTS_FILE, content: `# Sandboxes\n\n${instructions(sandbox)}` },
    { path: SKILL_FILE, content: `${SKILL_HEAD}\n# Nestbox\n\n${instructions(sandbox)}` },
    { path: CLAUDE_SETTINGS, content: `${JSON.stringify(SETTINGS, undefined, 2)}\n` },
  ];
}

const SKILL_HEAD = `---
name: nestbox
description: Starts the services that integration tests need, such as databases, runs the tests
  against them and removes them. Use it to run integration tests, and when one cannot reach a service.
---
`;

const SETTINGS = {
  hooks: {
    SessionStart: [
      { matcher: "startup|resume", hooks: [{ type: "command", command: SESSION_COMMAND, timeout: 60 }] },
    ],
  },
};

function instructions(sandbox: string): string {
  return `Services for integration tests are declared as sandboxes, for the command \`npx nestbox\`.
Each checkout and worktree has its own. Never write a port into a file: addresses differ in each checkout.

    npx nestbox up ${sandbox} --json              # start the services and leave them up
    npx nestbox run ${sandbox} --json             # run the jobs of the sandbox
    npx nestbox run ${sandbox} -- COMMAND         # run a command with the addresses in its environment
    npx nestbox env ${sandbox} --json             # print the addresses
    npx nestbox logs ${sandbox} --tail 50 --json  # print the output of the services
    npx nestbox exec SERVICE --json -- COMMAND  # run a command in the container of a service
    npx nestbox down --json                     # remove the services of this checkout

With \`--json\`, each prints one object, or one a line. \`next\` has the commands that follow, and
\`problems\` the place, cause and remedy of an error.
`;
}
