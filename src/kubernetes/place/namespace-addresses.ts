import type { Plan } from "../../model/plan/plan.ts";
import type { LastingAddresses } from "../../sandbox/running-sandbox.ts";
import { nameIn, type SandboxScope } from "../lowering/sandbox-scope.ts";
import { serviceNames } from "../lowering/service-names.ts";

/** The addresses that pods use, which last as long as the namespace. */
export function addressesInNamespace(plan: Plan, scope: SandboxScope): LastingAddresses {
  return {
    addressOf: (key, port) => {
      const service = plan.services.find((planned) => planned.key === key);
      const [alias] = service?.ports.includes(port) ? serviceNames(plan, service) : [];
      return alias === undefined
        ? undefined
        : { host: `${nameIn(scope, alias)}.${scope.namespace}.svc`, port };
    },
    notice:
      "these addresses are inside the cluster; to reach them from this machine: " +
      "nestbox run SANDBOX -- COMMAND",
  };
}
