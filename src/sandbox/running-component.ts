import { type ComponentIdentity, LABEL, type Labels } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";

/**
 * The component of a stack that has a sandbox.
 * @param resources on the place
 * @param chosen its name. @default the one that is named after the sandbox, else the only one
 * @throws ConfigurationError for a chosen one without the sandbox, and if several others have it
 */
export function runningComponent(
  sandbox: string,
  resources: readonly { readonly labels: Labels }[],
  owner: string,
  chosen?: string,
): ComponentIdentity {
  const owned = resources.filter(({ labels }) => labels[LABEL.owner] === owner);
  const having = owned.filter(({ labels }) => labels[LABEL.sandbox] === sandbox);
  const found = new Set(having.map(({ labels }) => labels[LABEL.component] ?? ""));
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
