import { posix } from "node:path";
import type { Problem } from "../problem.ts";
import { problem } from "./check-values.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { networksOf } from "./joined-networks.ts";
import { aliasesOf, type DeclaredService } from "./service.ts";

/** Two things mounted at one path: Docker takes only one. */
export function sharedMountPoints(
  sandbox: Sandbox,
  path: string,
  key: string,
  container: DeclaredService | DeclaredJob,
): readonly Problem[] {
  const shared = new Set([...container.refersTo, key]);
  const mounts = [
    ...Object.entries(container.volumes ?? {}).map(([target, name]) => ({
      target,
      what: `volume "${name}"`,
    })),
    ...Object.keys(container.tmpfs ?? {}).map((target) => ({ target, what: "tmpfs" })),
    ...Object.entries(sandbox.services)
      .filter(([name]) => shared.has(name))
      .flatMap(([name, { shares = [] }]) =>
        shares.map((target) => ({ target, what: `what "${name}" shares` })),
      ),
  ];
  const holders = new Map<string, string>();
  return mounts.flatMap(({ target, what }) => {
    const place = posix.join(target, "/");
    const holder = holders.get(place);
    holders.set(place, holder ?? what);
    return holder === undefined
      ? []
      : problem(path, `mounts both ${holder} and ${what} at ${target}; move one`);
  });
}

/** Two services of one name on a network. */
export function sharedAliases(sandbox: Sandbox): readonly Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(sandbox.services).flatMap(([key, service]) =>
    networksOf(sandbox, service).flatMap((network) =>
      aliasesOf(key, service).flatMap((alias) => {
        const place = `${network}/${alias}`;
        const owner = owners.get(place);
        owners.set(place, owner ?? key);
        if (owner === undefined || owner === key) return [];
        const message = `"${alias}" is already an alias of "${owner}" on network "${network}"; give one of them another alias`;
        return problem(`${sandbox.name}.services.${key}.alias`, message);
      }),
    ),
  );
}

/** Two services at one port of this machine. */
export function sharedHostPorts(sandbox: Sandbox): readonly Problem[] {
  const owners = new Map<number, string>();
  return Object.entries(sandbox.services).flatMap(([key, { publish = false }]) =>
    Object.values(typeof publish === "boolean" ? {} : publish).flatMap((port) => {
      const owner = owners.get(port);
      owners.set(port, owner ?? key);
      if (owner === undefined) return [];
      const message = `"${owner}" already has port ${port} of this machine; publish this one at another`;
      return problem(`${sandbox.name}.services.${key}.publish`, message);
    }),
  );
}
