import { posix } from "node:path";
import { problem } from "../check-values.ts";
import type { Problem } from "../problem.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { networksOf } from "./joined-networks.ts";
import { aliasesOf, type DeclaredService } from "./service.ts";

/** Mounts of a container that have the same path, which Docker rejects. */
export function mountConflicts(
  sandbox: Sandbox,
  path: string,
  key: string,
  container: DeclaredService | DeclaredJob,
): readonly Problem[] {
  const shared = new Set([...container.refersTo, key]);
  const mounts = [
    ...Object.entries(container.volumes ?? {}).map(([target, name]) => ({
      target,
      source: `volume "${name}"`,
    })),
    ...Object.keys(container.tmpfs ?? {}).map((target) => ({ target, source: "tmpfs" })),
    ...Object.entries(sandbox.services)
      .filter(([name]) => shared.has(name))
      .flatMap(([name, { shares = [] }]) =>
        shares.map((target) => ({ target, source: `the folder that "${name}" shares` })),
      ),
  ];
  const sources = new Map<string, string>();
  return mounts.flatMap(({ target, source }) => {
    const folder = posix.join(target, "/");
    const earlier = sources.get(folder);
    sources.set(folder, earlier ?? source);
    return earlier === undefined
      ? []
      : problem(path, `mounts both ${earlier} and ${source} at ${target}; move one`);
  });
}

/** Aliases that two services on a network have in common. */
export function aliasConflicts(sandbox: Sandbox): readonly Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(sandbox.services).flatMap(([key, service]) =>
    networksOf(sandbox, service).flatMap((network) =>
      aliasesOf(key, service).flatMap((alias) => {
        const name = `${network}/${alias}`;
        const owner = owners.get(name);
        owners.set(name, owner ?? key);
        if (owner === undefined || owner === key) return [];
        const message = `"${alias}" is already an alias of "${owner}" on network "${network}"`;
        return problem(`${sandbox.name}.services.${key}.alias`, `${message}; change one of them`);
      }),
    ),
  );
}

/** Host ports that two services publish. */
export function hostPortConflicts(sandbox: Sandbox): readonly Problem[] {
  const owners = new Map<number, string>();
  return Object.entries(sandbox.services).flatMap(([key, { publish = false }]) =>
    Object.values(typeof publish === "boolean" ? {} : publish).flatMap((port) => {
      const owner = owners.get(port);
      owners.set(port, owner ?? key);
      if (owner === undefined) return [];
      const message = `"${owner}" already publishes host port ${port}; use another host port`;
      return problem(`${sandbox.name}.services.${key}.publish`, message);
    }),
  );
}
