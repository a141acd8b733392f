import type { EngineFacts } from "../../docker/facts.ts";
import { type ComponentIdentity, LABEL } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";

/**
 * The component of a stack that has a sandbox.
 * @param chosen its name. @default the one that is named after the sandbox, else the only one
 * @throws ConfigurationError for a chosen one without the sandbox, and if several others have it
 */
export function runningComponent(
  sandbox: string,
  { networks, containers }: EngineFacts,
  owner: string,
  chosen?: string,
): ComponentIdentity {
  const found = new Set(
    [...networks, ...containers].flatMap(({ labels }) =>
      labels[LABEL.owner] === owner && labels[LABEL.sandbox] === sandbox
        ? [labels[LABEL.component] ?? ""]
        : [],
    ),
  );
  const names = [...found].sort().join(" and ");
  if (chosen !== undefined && !found.has(chosen))
    throw new ConfigurationError(
      `--component: sandbox "${sandbox}" has no component "${chosen}" on the stack; ` +
        (names === "" ? "run nestbox up first" : `it has ${names}`),
    );
  const preferred = chosen ?? sandbox;
  const [component = sandbox, ...others] = found.has(preferred) ? [preferred] : found;
  if (others.length === 0) return { owner, component };
  throw new ConfigurationError(
    `sandbox "${sandbox}": the stack has several, ${names}; choose one with --component`,
  );
}
