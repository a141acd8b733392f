import { aliasProblem } from "../model/names.ts";
import { composeMilliseconds, durationOf } from "./amounts.ts";
import { buildCode } from "./build-code.ts";
import { type CatalogChoice, catalogChoice, isDefaultImage } from "./catalog-choice.ts";
import { type Code, objectCode, stringCode, stringsCode } from "./code.ts";
import type { ComposeMap } from "./compose-tree.ts";
import { filesCode } from "./content-files.ts";
import { environmentCode } from "./environment-code.ts";
import { defaultText, itemsOf, requireMap, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import { portsOf } from "./port-code.ts";
import { probeCode } from "./probe-code.ts";
import { portsCode } from "./published-ports.ts";
import { capabilitiesCode, limitsCode, sizeCode, ulimitsCode } from "./resource-code.ts";
import { dependenciesOf } from "./service-dependencies.ts";
import { joinedNetworks, type ServiceSource, sandboxKey } from "./service-source.ts";
import { shellWords } from "./shell-words.ts";
import { textCode } from "./text-code.ts";
import { noteUnknown } from "./unknown-properties.ts";

/** The declaration of a service. */
export function serviceCode(source: ServiceSource, draft: ModuleDraft): Code {
  const { service, name } = source;
  const property = `services.${name}`;
  const choice = catalogChoice(service, property, draft);
  noteUnknown(service, property, choice !== undefined, draft.takeNote);
  const code = objectCode({
    image: imageCode(source, choice, draft),
    alias: aliasCode(source, draft),
    networks: networksCode(source),
    entrypoint: wordsCode(service, "entrypoint", property, draft),
    command: choice?.replacesCommand ? undefined : wordsCode(service, "command", property, draft),
    workingFolder: textProperty(service, "working_dir", property, draft),
    user: userCode(service, choice, property, draft),
    ...choice?.options,
    env: environmentCode(source, choice, draft),
    ...portsCode(source, choice, draft),
    ...filesCode(source, draft),
    probe: choice === undefined ? readinessCode(source, draft) : undefined,
    after: afterCode(source),
    runsOnce: source.completes ? "true" : undefined,
    stop: stopCode(service),
    limits: limitsCode(source, draft),
    shmSize: sizeCode(service, "shm_size"),
    capAdd: capabilitiesCode(service, "cap_add"),
    capDrop: capabilitiesCode(service, "cap_drop"),
    ulimits: ulimitsCode(service),
    sysctls: mapCode(service, "sysctls", property, draft),
    extraHosts: extraHostsCode(service, property, draft),
    platform: textProperty(service, "platform", property, draft),
    labels: mapCode(service, "labels", property, draft),
    profiles: stringsCode(
      itemsOf(service.entries.get("profiles")).flatMap((one) => sandboxKey(defaultText(one) ?? "")),
    ),
    privileged: privilegedCode(service, choice),
  });
  if (choice === undefined) return code;
  draft.imports.catalog.add(choice.entry.from);
  const isPlain = typeof code === "object" && "object" in code && code.object.length === 0;
  return { call: choice.entry.from, args: isPlain ? [] : [code] };
}

function imageCode(source: ServiceSource, choice: CatalogChoice | undefined, draft: ModuleDraft) {
  const { service, name, project } = source;
  const own = buildCode(source, draft);
  if (own !== undefined) return own;
  const image = service.entries.get("image");
  const built = image?.kind === "text" ? defaultText(image) : `${project}-${name}`;
  if (choice !== undefined && isDefaultImage(choice.entry, image)) return undefined;
  if (image?.kind === "text") return textCode(image, `services.${name}.image`, draft);
  return stringCode(built ?? name);
}

function aliasCode({ name, service }: ServiceSource, draft: ModuleDraft): Code | undefined {
  const networks = service.entries.get("networks");
  const ofNetworks =
    networks?.kind === "map"
      ? [...networks.entries.values()].flatMap((network) =>
          network.kind === "map" ? itemsOf(network.entries.get("aliases")) : [],
        )
      : [];
  const names = [name, ...ofNetworks.flatMap((alias) => defaultText(alias) ?? [])];
  const legal = [...new Set(names)].filter((alias) => {
    if (aliasProblem(alias) === undefined) return true;
    const instead = `services.${name}`;
    draft.takeNote(
      service.origin,
      instead,
      `${alias} is no host name in every target; clients use ${sandboxKey(alias)}`,
    );
    return false;
  });
  const aliases = legal.includes(name) ? legal : [sandboxKey(name), ...legal];
  if (aliases.length === 1 && aliases[0] === sandboxKey(name)) return undefined;
  return aliases.length === 1 ? stringCode(aliases[0] as string) : stringsCode(aliases);
}

function networksCode({ service, hasNetworks }: ServiceSource): Code | undefined {
  return hasNetworks ? stringsCode(joinedNetworks(service).map(sandboxKey)) : undefined;
}

function wordsCode(
  service: ComposeMap,
  name: string,
  property: string,
  draft: ModuleDraft,
): Code | undefined {
  const value = service.entries.get(name);
  if (value === undefined || (value.kind === "text" && value.text === undefined)) return undefined;
  const place = `${property}.${name}`;
  if (value.kind !== "text") {
    const texts = itemsOf(value).flatMap((word) => (word.kind === "text" ? [word] : []));
    return { list: texts.map((word) => textCode(word, place, draft)) };
  }
  const words = shellWords(value.text ?? "");
  if (words === undefined) {
    draft.takeNote(value.origin, place, "has a quote that does not end; the words are written as one");
    return { list: [textCode(value, place, draft)] };
  }
  return { list: words.map((text) => textCode({ ...value, text }, place, draft)) };
}

function textProperty(
  service: ComposeMap,
  name: string,
  property: string,
  draft: ModuleDraft,
): Code | undefined {
  const value = service.entries.get(name);
  if (value?.kind !== "text" || value.text === undefined) return undefined;
  return textCode(value, `${property}.${name}`, draft);
}

function readinessCode({ service, name, completes }: ServiceSource, draft: ModuleDraft): Code | undefined {
  const property = `services.${name}.healthcheck`;
  const healthcheck = service.entries.get("healthcheck");
  const probe = healthcheck && probeCode(requireMap(healthcheck, property), property, draft);
  if (probe === undefined && !completes) {
    const [port] = [
      ...portsOf(service.entries.get("ports")),
      ...portsOf(service.entries.get("expose")),
    ].flat();
    const meaning =
      port === undefined
        ? "is ready as soon as it runs"
        : `is ready once port ${port.container} accepts connections`;
    draft.takeNote(service.origin, `services.${name}`, `has no healthcheck, so it ${meaning}; add a probe`);
  }
  return probe;
}

function afterCode({ service }: ServiceSource): Code | undefined {
  const entries = dependenciesOf(service).map(
    ([name, condition]) => [sandboxKey(name), stringCode(condition)] as const,
  );
  return entries.length === 0 ? undefined : { object: entries };
}

function stopCode(service: ComposeMap): Code | undefined {
  const signal = textAt(service, "stop_signal") || undefined;
  const grace = composeMilliseconds(textAt(service, "stop_grace_period") ?? "");
  if (signal === undefined && grace === undefined) return undefined;
  return objectCode({
    signal: signal === undefined ? undefined : stringCode(signal),
    grace: grace === undefined ? undefined : stringCode(durationOf(grace)),
  });
}

function mapCode(service: ComposeMap, name: string, property: string, draft: ModuleDraft): Code | undefined {
  const written = service.entries.get(name);
  if (written?.kind !== "map") return undefined;
  const entries = [...written.entries].flatMap(([key, value]): (readonly [string, Code])[] =>
    value.kind === "text" ? [[key, textCode(value, `${property}.${name}.${key}`, draft)]] : [],
  );
  return entries.length === 0 ? undefined : { object: entries };
}

function extraHostsCode(service: ComposeMap, property: string, draft: ModuleDraft): Code | undefined {
  const written = service.entries.get("extra_hosts");
  if (written?.kind !== "map") return undefined;
  const entries = [...written.entries].flatMap(([host, value]): (readonly [string, Code])[] => {
    const address = (defaultText(value) ?? "").replace(/^\[(.*)\]$/, "$1");
    if (address !== "host-gateway") return [[host, stringCode(address)]];
    draft.takeNote(
      value.origin,
      `${property}.extra_hosts`,
      `${host} is left out; no target but Docker has the host's gateway`,
    );
    return [];
  });
  return entries.length === 0 ? undefined : { object: entries };
}

function privilegedCode(service: ComposeMap, choice: CatalogChoice | undefined): Code | undefined {
  const isKnown = choice?.entry.declare().privileged === true;
  return textAt(service, "privileged") === "true" && !isKnown ? "true" : undefined;
}

/** The user of a container's processes, which the options of some catalog functions name otherwise. */
function userCode(
  service: ComposeMap,
  choice: CatalogChoice | undefined,
  property: string,
  draft: ModuleDraft,
): Code | undefined {
  const user = service.entries.get("user");
  if (user === undefined || choice === undefined || !("user" in choice.entry.options))
    return textProperty(service, "user", property, draft);
  draft.takeNote(user.origin, `${property}.user`, "left out; user of the catalog's function is the client's");
  return undefined;
}
