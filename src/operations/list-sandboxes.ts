import { type PlaceName, placeName } from "../project/places.ts";
import type { Workspace } from "../project/workspace.ts";
import type { ListedSandbox } from "../sandbox/listed-sandbox.ts";
import { stacksOn } from "../stacks/stack-on-engine.ts";

/** A sandbox on a place with its end, as `--json` prints it. */
export interface SandboxWithEnd extends PlaceName, ListedSandbox {
  /**
   * End of its stack: ISO 8601, `never`, `unreadable`, or `command` for a sandbox that ends with the command
   * that started it.
   */
  readonly ends: string;
  /** Whether it is kept without a stack. The next command after its end removes it. */
  readonly kept: boolean;
}

/**
 * The sandboxes on a place with their ends, and the time of the place's clock.
 * @param owner default: all owners
 */
export async function listSandboxes(
  workspace: Pick<Workspace, "place">,
  owner?: string,
): Promise<{ readonly sandboxes: readonly SandboxWithEnd[]; readonly now: number }> {
  const { place } = workspace;
  const [listed, resources, now] = await Promise.all([
    place.list(owner),
    place.readOwned(owner),
    place.leases.now(),
  ]);
  const stacks = new Map(stacksOn(resources, now).map((stack) => [stack.owner, stack]));
  const sandboxes = listed.map((sandbox) => {
    const { ends: end = "unreadable", kept = false } = stacks.get(sandbox.owner) ?? {};
    const text = typeof end === "number" ? new Date(end).toISOString() : end;
    return { ...placeName(workspace), ...sandbox, ends: text, kept };
  });
  return { sandboxes, now };
}
