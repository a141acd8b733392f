import { isInCluster, type Workspace } from "../workspace/workspace.ts";
import type { WithSite } from "./job-site.ts";
import type { SandboxChoice } from "./running-sandbox.ts";

/** The sites of jobs that run against a stack's sandbox, wherever that is. */
export async function stackSites(workspace: Workspace, choice: SandboxChoice): Promise<WithSite> {
  // Imported here: each place needs none of the other.
  if (isInCluster(workspace))
    return (await import("./stack-site-in-cluster.ts")).stackSiteInCluster(workspace, choice);
  return (await import("./stack-site.ts")).stackSite(workspace, choice);
}
