import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../model/problem.ts";
import type { OwnerStore } from "../ownership/owner-store.ts";
import { ownerOf, type StackIdentity, stackLabels } from "../stacks/stack-identity.ts";
import { isUp, renewAfterRemoval } from "../stacks/stack-lease.ts";
import type { StackSettings } from "../stacks/stack-settings.ts";

/** The renewals of this program, by the place's address. Module state suffices: it is one process. */
const renewals = new Map<string, Promise<void>>();

/**
 * Every `up` renews the stack's lease, a plain `pulumi up` too, once on each place.
 * @param address of the place
 * @throws ConfigurationError when a removal that it waited for left nothing: Pulumi's state still has the
 * stack
 */
export function renewStackLease(address: string, ...renewal: Parameters<typeof renew>): Promise<void> {
  const before = renewals.get(address) ?? renew(...renewal);
  renewals.set(address, before);
  return before;
}

async function renew(
  place: Pick<OwnerStore, "leases" | "readOwned">,
  { identity, settings }: { readonly identity: StackIdentity; readonly settings: StackSettings },
): Promise<void> {
  const labels = stackLabels(identity, settings);
  const onWait = () => pulumi.log.info(`stack ${identity.stack}: waiting for a clean-up that removes it`);
  const renewal = { labels, covers: "stack" as const, timeToLive: settings.timeToLive };
  const { hasWaited } = await renewAfterRemoval(place, renewal, "use", onWait);
  if (!hasWaited || (await isUp(place, ownerOf(identity)))) return;
  throw new ConfigurationError(
    `stack ${identity.stack}: a clean-up has just removed it; ` +
      "create it again with nestbox up, or pulumi up --refresh",
  );
}
