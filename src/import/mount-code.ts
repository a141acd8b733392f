import { statSync } from "node:fs";
import path from "node:path";
import { refSlug } from "../model/names.ts";
import { composeSize } from "./amounts.ts";
import { type Code, objectCode, stringCode } from "./code.ts";
import type { ComposeMap, ComposeValue, Origin } from "./compose-tree.ts";
import { defaultText, itemsOf, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";

/** The mounts of a service by path in the container. */
export interface Mounts {
  readonly volumes: Record<string, Code>;
  readonly files: Record<string, Code>;
  readonly tmpfs: Record<string, Code>;
}

interface Mount {
  readonly origin: Origin;
  readonly type: string;
  readonly source?: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly size?: string;
}

/** Compose bounds a folder in memory by nothing but the machine's. */
const TMPFS_SIZE = "256MiB";

/** The volumes, bound files and folders in memory of a service. */
export function mountsOf(service: ComposeMap, key: string, property: string, draft: ModuleDraft): Mounts {
  const mounts: Mounts = { volumes: {}, files: {}, tmpfs: {} };
  for (const item of itemsOf(service.entries.get("volumes"))) {
    const mount = mountOf(item);
    if (mount !== undefined) addMount(mounts, mount, key, `${property}.volumes`, draft);
  }
  for (const item of itemsOf(service.entries.get("tmpfs"))) {
    const [target = "", options = ""] = (defaultText(item) ?? "").split(":");
    const [, size] = /(?:^|,)size=([^,]+)/.exec(options) ?? [];
    const mount = { origin: item.origin, type: "tmpfs", target, readOnly: false, ...(size && { size }) };
    addMount(mounts, mount, key, `${property}.tmpfs`, draft);
  }
  return mounts;
}

function mountOf(item: ComposeValue): Mount | undefined {
  const { origin } = item;
  if (item.kind === "map") {
    const source = textAt(item, "source");
    const tmpfs = item.entries.get("tmpfs");
    const size = tmpfs?.kind === "map" ? textAt(tmpfs, "size") : undefined;
    return {
      origin,
      type: textAt(item, "type") ?? "volume",
      ...(source !== undefined && { source }),
      target: textAt(item, "target") ?? "",
      readOnly: textAt(item, "read_only") === "true",
      ...(size !== undefined && { size }),
    };
  }
  const text = defaultText(item);
  if (text === undefined) return undefined;
  const [first = "", target, options = ""] = text.split(":");
  if (target === undefined) return { origin, type: "volume", target: first, readOnly: false };
  const type = /^[.~/]/.test(first) ? "bind" : "volume";
  return { origin, type, source: first, target, readOnly: options.split(",").includes("ro") };
}

function addMount(mounts: Mounts, mount: Mount, key: string, property: string, draft: ModuleDraft): void {
  const { type, origin, size, readOnly } = mount;
  const note = (message: string) => draft.takeNote(origin, property, message);
  // Paths in containers have no slash at their end.
  const target = mount.target.replace(/(.)\/+$/, "$1");
  if (!target.startsWith("/") || mount.source === "") {
    note(`the mount at "${mount.target}" is left out; it has no source, or its target is no path`);
    return;
  }
  if (type === "tmpfs") {
    if (size === undefined) note(`${target} gets the bound of ${TMPFS_SIZE}; change it if that is too small`);
    mounts.tmpfs[target] = stringCode((size && composeSize(size)) ?? TMPFS_SIZE);
    return;
  }
  if (type === "bind") {
    const file = projectFile(mount, note, draft);
    if (file === undefined) return;
    if (!readOnly)
      note(`${file} is copied to ${target}, owned by root and read-only; later changes do not arrive`);
    mounts.files[target] = objectCode({ path: stringCode(file) });
    return;
  }
  if (type !== "volume") {
    note(`a mount of type ${type} is left out; it has no equivalent`);
    return;
  }
  const volume = volumeKey(mount.source ?? `${key}-${path.posix.basename(target)}`);
  if (readOnly) note(`${volume} is writable; only files are read-only`);
  draft.volumes.add(volume);
  mounts.volumes[target] = stringCode(volume);
}

/** The key of a volume of a compose file. */
export function volumeKey(name: string): string {
  return (
    refSlug(name)
      .replace(/^[0-9-]+/, "")
      .slice(0, 40)
      .replace(/-+$/, "") || "data"
  );
}

/** The path of a bound file or folder, from the project's folder, or undefined with a note. */
function projectFile(
  { source = "", origin }: Mount,
  note: (message: string) => void,
  { project }: ModuleDraft,
): string | undefined {
  if (source.endsWith("docker.sock")) {
    note("the engine's socket is left out; it makes the service root of the host: use dind() of the catalog");
    return undefined;
  }
  const absolute = path.resolve(origin.folder, source);
  const relative = path.relative(project, absolute);
  const isOutside = source.startsWith("~") || relative.startsWith("..") || path.isAbsolute(relative);
  if (isOutside || relative === "") {
    note(`${source} is left out; files come from a folder inside the project`);
    return undefined;
  }
  if (statSync(absolute, { throwIfNoEntry: false }) === undefined) {
    note(`${source} is left out; there is no such file or folder`);
    return undefined;
  }
  return relative.split(path.sep).join("/");
}
