import { nameBuildsOf } from "../../images/name-builds.ts";
import { contentHash } from "../../machine/content-hash.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { plan as planSandbox } from "../../model/plan/plan-sandbox.ts";
import { renderValue } from "../../model/text.ts";
import { startSandbox } from "../../operations/start-sandbox.ts";
import { chosenSandbox } from "../../project/chosen-sandboxes.ts";
import { readSandboxes } from "../../project/declared-list.ts";
import { explained } from "../../project/workspace.ts";
import { joinVariables, reachableServices } from "../../sandbox/reachable-services.ts";
import type { AddressOf } from "../../sandbox/running-sandbox.ts";
import { programInvocation } from "../../start/program-invocation.ts";
import { projectFor } from "../../start/project-for.ts";
import { TARGETS } from "../../targets/index.ts";
import type { StartedForTests, WantedSandbox } from "./listen-for-requests.ts";
import type { HeldAddress, HoldRequest } from "./messages.ts";

/** What a request asks for: its plan, or the plan of a declared sandbox of the project. */
export async function wantedSandbox(request: HoldRequest): Promise<WantedSandbox> {
  const { context, secrets } = request;
  const unused = programInvocation({}, TARGETS, new AbortController().signal);
  const project = await projectFor(request, unused);
  const declared = request.plan === undefined ? await declaredIn(project, request.sandbox) : undefined;
  const profiles = request.profiles ?? project.settings.profiles;
  const named = () => nameBuildsOf(planSandbox(declared as Sandbox, { profiles }), project.folder);
  const plan = request.plan ?? named();
  return {
    name: plan.sandbox,
    fingerprint: contentHash(JSON.stringify([plan, project.folder, request.target, context, secrets])),
    async start(signal): Promise<StartedForTests> {
      const invocation = programInvocation({}, TARGETS, signal);
      const start = { project, plan, context, secrets, serves: true, signal };
      const { sandbox, workspace } = await startSandbox(start, invocation);
      try {
        const addressOf = await explained(workspace, () => sandbox.reach());
        const variables = declared === undefined ? {} : joinVariables(reachableServices(declared, addressOf));
        const held = {
          name: plan.sandbox,
          owner: sandbox.owner,
          addresses: addressesOf(plan, addressOf),
          secrets: sandbox.secrets,
          variables: renderValue(variables, (name) => sandbox.secrets[name] ?? ""),
        };
        return { held, remove: () => sandbox.remove() };
      } catch (error) {
        await sandbox.remove();
        throw error;
      }
    },
  };
}

async function declaredIn(
  project: { readonly folder: string; readonly declaredIn: string },
  name: string | undefined,
): Promise<Sandbox> {
  return chosenSandbox({ ...project, declared: await readSandboxes(project.folder) }, name);
}

function addressesOf({ services }: Plan, addressOf: AddressOf): readonly HeldAddress[] {
  return services.flatMap(({ key, ports }) =>
    ports.flatMap((inside) => {
      const address = addressOf(key, inside);
      return address === undefined ? [] : [{ service: key, inside, ...address }];
    }),
  );
}
