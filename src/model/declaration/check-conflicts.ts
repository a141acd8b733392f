import { posix } from "node:path";
import { problem } from "../check-values.ts";
import type { Problem } from "../problem.ts";
import { type DeclaredJob, networksOf, type Sandbox } from "./declaration.ts";
import { aliasesOf, type DeclaredService } from "./service.ts";

/** Mounts of a container that have the same path, which Docker rejects. */
export function mountConflicts(
  sandbox: Sandbox,
  path: string,
  key: string,
  { refersTo, volumes = {}, tmpfs = {}, shmSize }: DeclaredService | DeclaredJob,
): readonly Problem[] {
  const sharing = Object.entries(sandbox.services).filter(([name]) => [...refersTo, key].includes(name));
  const mounts = [
    ...Object.entries(volumes).map(([target, name]) => ({ target, source: `volume "${name}"` })),
    ...Object.keys(tmpfs).map((target) => ({ target, source: "tmpfs" })),
    ...(shmSize === undefined ? [] : [{ target: "/dev/shm", source: "shmSize" }]),
    ...sharing.flatMap(([name, { shares = [] }]) =>
      shares.map((target) => ({ target, source: `the folder that "${name}" shares` })),
    ),
  ];
  const folders = mounts.map(({ target }) => posix.join(target, "/"));
  return mounts.flatMap(({ target, source }, index) => {
    const earlier = mounts[folders.indexOf(folders[index] ?? "")];
    if (earlier === undefined || earlier === mounts[index]) return [];
    return problem(path, `mounts both ${earlier.source} and ${source} at ${target}; move one`);
  });
}

/** Files of a service that its folders in memory would hide, or that cannot be beside another file. */
export function fileConflicts(path: string, { files = {}, tmpfs = {} }: DeclaredService): readonly Problem[] {
  const folders = Object.keys(tmpfs).map((folder) => posix.join(folder, "/"));
  const contents = Object.entries(files).flatMap(([target, source]) => ("content" in source ? [target] : []));
  return Object.keys(files).flatMap((target, index, targets) => {
    const place = `${path}.files[${JSON.stringify(target)}]`;
    const normal = posix.normalize(target);
    const hiding = folders.find((folder) => normal.startsWith(folder));
    if (hiding !== undefined) return problem(place, `is hidden by the tmpfs ${hiding}; move one of them`);
    const twice = targets.slice(0, index).some((other) => posix.join(other, "/") === posix.join(normal, "/"));
    if (twice) return problem(place, "is the path of another file, too; remove one of them");
    const parent = contents.find((file) => normal.startsWith(posix.join(file, "/")) && file !== target);
    return problem(place, parent && `is below ${parent}, which is a file; move one of them`);
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
  return Object.entries(sandbox.services).flatMap(([key, { publish }]) =>
    Object.values(typeof publish === "object" ? publish : {}).flatMap((port) => {
      const owner = owners.get(port);
      owners.set(port, owner ?? key);
      if (owner === undefined) return [];
      const message = `"${owner}" already publishes host port ${port}; use another host port`;
      return problem(`${sandbox.name}.services.${key}.publish`, message);
    }),
  );
}
