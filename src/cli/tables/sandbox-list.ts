import type { SandboxWithEnd } from "../../operations/list-sandboxes.ts";
import type { ListedSandbox, ListedService } from "../../sandbox/listed-sandbox.ts";
import type { StackEnd } from "../../stacks/stack-on-engine.ts";
import { describeEnd, spanOf } from "../../stacks/time-left.ts";
import { colors } from "../../terminal/colors.ts";
import { table } from "./table.ts";

/** A sandbox to describe, with its end if that was read. */
type DescribedSandbox = ListedSandbox & Partial<Pick<SandboxWithEnd, "ends" | "kept">>;

/**
 * The sandboxes as text, a line a service. Ends with a line break; empty without sandboxes.
 * @param place where they are, in a list of several places
 */
export function describeSandboxes(
  sandboxes: readonly DescribedSandbox[],
  now = Date.now(),
  place?: string,
): string {
  return sandboxes
    .map(({ sandbox, component, project, stack, branch, created, ends, kept, namespace, services }) => {
      const rows = services.map(({ service, state, container, published, memoryBytes }) => [
        service,
        coloured(state),
        ...(memoryBytes === undefined ? [] : [`${Math.ceil(memoryBytes / 1024 ** 2)} MiB`]),
        ...(namespace === undefined ? [describePublished(published)] : []),
        colors.dim(container),
      ]);
      const facts = [
        ...(component === sandbox ? [] : [component]),
        `${project}/${stack}`,
        ...(branch === undefined ? [] : [`branch ${branch}`]),
        ...(place === undefined ? [] : [place]),
        ...(namespace === undefined ? [] : [`namespace ${namespace}`]),
        ageOf(created, now),
        ...(ends === undefined ? [] : [describeEnd(parsedEnd(ends), now)]),
        ...(kept && ends !== "never" ? ["the next command then removes it"] : []),
      ];
      const heading = `${colors.bold(sandbox)}  ${colors.dim(facts.join(", "))}`;
      return `${heading}\n${table(rows, "  ")}\n`;
    })
    .join("\n");
}

function describePublished(published: ListedService["published"]): string {
  const ports = Object.entries(published).map(([port, address]) => `${port} → ${address}`);
  return ports.join(", ") || "not published";
}

function coloured(state: string): string {
  if (state === "ready" || state === "completed") return colors.green(state);
  return state === "starting" || state === "running" ? colors.yellow(state) : colors.red(state);
}

function parsedEnd(ends: string): StackEnd {
  return ends === "never" || ends === "unreadable" || ends === "command" ? ends : Date.parse(ends);
}

function ageOf(created: string, now: number): string {
  const age = now - Date.parse(created);
  return Number.isNaN(age) ? "age unknown" : `${spanOf(age)} old`;
}
