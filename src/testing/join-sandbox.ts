import { nameBuildsOf } from "../images/name-builds.ts";
import type { Environment } from "../machine/environment.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { plan as planSandbox } from "../model/plan/plan-sandbox.ts";
import { requireProfiles } from "../project/require-profiles.ts";
import { explained, openWorkspace } from "../project/workspace.ts";
import type { AddressOf } from "../sandbox/running-sandbox.ts";
import { programInvocation } from "../start/program-invocation.ts";
import { projectFor } from "../start/project-for.ts";
import type { StartedSandbox } from "../start/started-sandbox.ts";
import { useSandbox } from "../start/use-sandbox.ts";
import { TARGETS } from "../targets/index.ts";
import { holdSandbox } from "./holder/hold-sandbox.ts";
import type { HeldAddress } from "./holder/messages.ts";
import type { SandboxForOptions } from "./sandbox-for-options.ts";
import { type Scope, SLOT_VARIABLE, type Slot, slotOf } from "./scope.ts";
import { holderFor } from "./test-run.ts";

/** Gets a sandbox from the holder of the run, and finds it on its place. */
export async function joinSandbox<Connections>(
  declared: Sandbox<Connections>,
  { scope, target, context, profiles: named, secrets, project: folder }: SandboxForOptions,
): Promise<Omit<StartedSandbox<Connections>, typeof Symbol.asyncDispose>> {
  const ended = new AbortController();
  const invocation = programInvocation({}, TARGETS, ended.signal);
  const { environment } = invocation;
  const project = await projectFor({ project: folder, target }, invocation);
  const profiles = named ?? project.settings.profiles;
  requireProfiles(declared, profiles === "all" ? [] : profiles);
  const plan = nameBuildsOf(planSandbox(declared, { profiles }), project.folder);
  const holder = await holderFor(scope, environment);
  const slot = slotFor(scope, environment);
  const request = { ...slot, plan, target, context, secrets, project: folder && project.folder };
  const { sandbox: held, lost, release } = await holdSandbox(holder, request);
  try {
    const workspace = await openWorkspace(project, { pulumi: false, context }, invocation);
    const confirm = async () => lost.throwIfAborted();
    const use = { lost, confirm, labels: {}, afterJob: async () => {} };
    const { owner, secrets: values } = held;
    const sandbox = await explained(workspace, ({ place }) =>
      place.find({ plan, owner, networks: [], secrets: values, use }),
    );
    const addressOf = addressIn(held.addresses);
    const found = useSandbox<Connections>({
      ...{ declared, plan, sandbox, workspace, addressOf, context, secrets },
      ended: ended.signal,
    });
    return {
      ...found,
      async remove() {
        ended.abort();
        sandbox.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** The slot of a scope. Without one, that of the file's environment. */
function slotFor(scope: Scope | undefined, environment: Environment): Slot {
  const { [SLOT_VARIABLE]: ofFile } = environment;
  if (scope !== undefined || ofFile === undefined) return slotOf(scope ?? "run", environment);
  return JSON.parse(ofFile) as Slot;
}

function addressIn(addresses: readonly HeldAddress[]): AddressOf {
  return (service, port) => {
    const found = addresses.find((address) => address.service === service && address.inside === port);
    return found && { host: found.host, port: found.port };
  };
}
