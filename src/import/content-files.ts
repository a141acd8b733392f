import path from "node:path";
import { type Code, objectCode, stringCode } from "./code.ts";
import type { ComposeMap, ComposeText } from "./compose-tree.ts";
import { defaultText, itemsOf, requireMap, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import { mountsOf } from "./mount-code.ts";
import { type ServiceSource, sandboxKey } from "./service-source.ts";
import { secretCode, textCode } from "./text-code.ts";

const DEFAULT_FOLDERS = { configs: "/", secrets: "/run/secrets/" };

/** Mounts, configs and secrets of a service. */
export function filesCode(
  source: ServiceSource,
  draft: ModuleDraft,
): Readonly<Record<string, Code | undefined>> {
  const { service, name } = source;
  const mounts = mountsOf(service, sandboxKey(name), `services.${name}`, draft);
  const files = {
    ...mounts.files,
    ...contentFiles(source, "configs", draft),
    ...contentFiles(source, "secrets", draft),
  };
  const some = (entries: Readonly<Record<string, Code>>) =>
    Object.keys(entries).length === 0 ? undefined : objectCode(entries);
  return { files: some(files), volumes: some(mounts.volumes), tmpfs: some(mounts.tmpfs) };
}

function contentFiles(
  { service, name, compose }: ServiceSource,
  kind: "configs" | "secrets",
  draft: ModuleDraft,
): Record<string, Code> {
  const all = compose.entries.get(kind);
  const files: Record<string, Code> = {};
  for (const item of itemsOf(service.entries.get(kind))) {
    const source = (item.kind === "map" ? textAt(item, "source") : defaultText(item)) ?? "";
    const target = (item.kind === "map" ? textAt(item, "target") : undefined) ?? source;
    const declared = all?.kind === "map" ? all.entries.get(source) : undefined;
    const file = target.startsWith("/") ? target : `${DEFAULT_FOLDERS[kind]}${target}`;
    const content = declared && contentCode(requireMap(declared, `${kind}.${source}`), kind, source, draft);
    if (content === undefined)
      draft.takeNote(
        item.origin,
        `services.${name}.${kind}`,
        `${source} is left out; it has no file or content`,
      );
    else files[file] = content;
  }
  return files;
}

function contentCode(declared: ComposeMap, kind: string, name: string, draft: ModuleDraft): Code | undefined {
  const property = `${kind}.${name}`;
  const file = textAt(declared, "file");
  const content = declared.entries.get("content");
  const variable = textAt(declared, "environment");
  const text: ComposeText = { kind: "text", text: "", origin: declared.origin };
  if (kind === "secrets") return objectCode({ content: secretCode(text, property, name, draft) });
  if (file !== undefined) {
    const relative = path.relative(draft.project, path.resolve(declared.origin.folder, file));
    return relative.startsWith("..") ? undefined : objectCode({ path: stringCode(relative) });
  }
  if (content?.kind === "text") return objectCode({ content: textCode(content, property, draft, true) });
  if (variable === undefined) return undefined;
  return objectCode({ content: textCode({ ...text, text: `\${${variable}}` }, property, draft, true) });
}
