import { COMPOSE } from "../compose/compose-support.ts";
import { DOCKER } from "../docker/lowering/docker-support.ts";
import { GITLAB_COMPOSE, GITLAB_SERVICES } from "../gitlab/jobs/gitlab-support.ts";
import { KUBERNETES, KUBERNETES_FILES } from "../kubernetes/kubernetes-support.ts";
import type { PropertyLoss, Support, Target } from "../losses/support.ts";

/** All targets, in the order of the table's columns. */
export const TARGETS: readonly Target[] = [
  DOCKER,
  COMPOSE,
  GITLAB_SERVICES,
  GITLAB_COMPOSE,
  KUBERNETES,
  KUBERNETES_FILES,
];

/**
 * A Markdown table of all properties of a declaration: for each target, whether it expresses the property.
 */
export function targetTable(): string {
  const supports = TARGETS.map(({ support }) => support as unknown as AnyTargetSupport);
  const rows = Object.entries(DOCKER.support).flatMap(([group, properties]) =>
    Object.keys(properties).map((property) => {
      const cells = supports.map((support) => cell(support[group]?.[property] ?? "no meaning"));
      return `| \`${group}.${property}\` | ${cells.join(" | ")} |`;
    }),
  );
  return [
    `| property | ${TARGETS.map(({ name }) => name).join(" | ")} |`,
    `|---|${TARGETS.map(() => "---|").join("")}`,
    ...rows,
  ].join("\n");
}

type AnySupport = Exclude<Support<never>, object> | Pick<PropertyLoss<never>, "instead" | "appliesTo">;
type AnyTargetSupport = Readonly<Record<string, Readonly<Record<string, AnySupport>>>>;

function cell(support: AnySupport): string {
  if (support === "yes") return "✓";
  if (support === "no meaning") return "–";
  if (typeof support === "string") return support;
  return support.appliesTo === undefined ? support.instead : `${support.appliesTo}: ${support.instead}`;
}
