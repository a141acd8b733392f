import { posix } from "node:path";
import { problem } from "../check-values.ts";
import { isMounted } from "../file-source.ts";
import type { Problem } from "../problem.ts";
import { type DeclaredJob, networksOf, type Sandbox } from "./declaration.ts";
import { aliasesOf, type DeclaredService } from "./service.ts";

/** Where containers have files of Nestbox itself, such as certificates. */
const OWN_FOLDER = "/run/nestbox/";

/** Mounts of a container that have the same path, which Docker rejects. */
export function mountConflicts(
  sandbox: Sandbox,
  path: string,
  key: string,
  container: DeclaredService | DeclaredJob,
): readonly Problem[] {
  const { refersTo, volumes = {}, tmpfs = {}, shmSize } = container;
  const sharing = Object.entries(sandbox.services).filter(([name]) => [...refersTo, key].includes(name));
  const mounts = [
    ...Object.entries(volumes).map(([target, name]) => ({ target, source: `volume "${name}"` })),
    ...Object.keys(tmpfs).map((target) => ({ target, source: "tmpfs" })),
    ...mountedFolders(container).map(({ target, folder }) => ({ target, source: `the folder "${folder}"` })),
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

/** The folders of the project that a container has read-write. */
function mountedFolders({ files = {} }: DeclaredService | DeclaredJob) {
  return Object.entries(typeof files === "string" ? {} : files).flatMap(([target, source]) =>
    isMounted(source) ? [{ target, folder: source.path }] : [],
  );
}

/** Files of a service that its folders in memory would hide, or that cannot be beside another file. */
export function fileConflicts(path: string, service: DeclaredService): readonly Problem[] {
  const { files = {}, tmpfs = {} } = service;
  const mounted = mountedFolders(service);
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
    if (parent !== undefined) return problem(place, `is below ${parent}, which is a file; move one of them`);
    const source = files[target] ?? {};
    const folder = mounted.find((one) => one.target !== target && isBelow(one.target, normal));
    if (folder !== undefined && !isMounted(source))
      return problem(place, `would be copied into the project, by the mount of "${folder.folder}"; move one`);
    if (isMounted(source) && isBelow(normal, OWN_FOLDER))
      return problem(place, `would hold ${OWN_FOLDER}, which is Nestbox's own; use another folder`);
    return [];
  });
}

function isBelow(folder: string, file: string): boolean {
  return file.startsWith(posix.join(folder, "/"));
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
