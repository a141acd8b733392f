import type { Check } from "../model/shape.ts";
import { aCpuLimit, aMemoryLimit } from "../model/values.ts";
import { composeSize } from "./amounts.ts";
import { type Code, objectCode, stringCode, stringsCode } from "./code.ts";
import type { ComposeMap } from "./compose-tree.ts";
import { defaultText, itemsOf, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import type { ServiceSource } from "./service-source.ts";

export function limitsCode({ service, name: key }: ServiceSource, draft: ModuleDraft): Code | undefined {
  const deploy = service.entries.get("deploy");
  const resources = deploy?.kind === "map" ? deploy.entries.get("resources") : undefined;
  const written = resources?.kind === "map" ? resources.entries.get("limits") : undefined;
  const ofDeploy = (name: string) => (written?.kind === "map" ? textAt(written, name) : undefined);
  const memory = composeSize(textAt(service, "mem_limit") ?? ofDeploy("memory") ?? "");
  const cpus = Number(textAt(service, "cpus") ?? ofDeploy("cpus") ?? Number.NaN);
  const limit = (name: string, written: string | number | undefined, check: Check) => {
    if (written === undefined || Number.isNaN(written)) return undefined;
    const [problem] = check(name, written);
    if (problem === undefined) return typeof written === "number" ? String(written) : stringCode(written);
    draft.takeNote(
      service.origin,
      `services.${key}.limits.${name}`,
      `${problem.message}; the limit is left out`,
    );
    return undefined;
  };
  const limits = {
    memory: limit("memory", memory, aMemoryLimit),
    cpus: limit("cpus", cpus, aCpuLimit),
  };
  return limits.memory === undefined && limits.cpus === undefined ? undefined : objectCode(limits);
}

export function sizeCode(service: ComposeMap, name: string): Code | undefined {
  const size = composeSize(textAt(service, name) ?? "");
  return size === undefined ? undefined : stringCode(size);
}

export function capabilitiesCode(service: ComposeMap, name: string): Code | undefined {
  const names = itemsOf(service.entries.get(name)).flatMap((one) => defaultText(one) ?? []);
  return stringsCode(names.map((one) => one.toUpperCase().replace(/^CAP_/, "")));
}

export function ulimitsCode(service: ComposeMap): Code | undefined {
  const written = service.entries.get("ulimits");
  if (written?.kind !== "map") return undefined;
  const entries = [...written.entries].flatMap(([name, value]): (readonly [string, Code])[] => {
    const number = (text: string | undefined) => (text && Number.isInteger(Number(text)) ? text : "-1");
    if (value.kind === "text") return [[name, number(defaultText(value))]];
    if (value.kind === "list") return [];
    return [[name, objectCode({ soft: number(textAt(value, "soft")), hard: number(textAt(value, "hard")) })]];
  });
  return { object: entries };
}
