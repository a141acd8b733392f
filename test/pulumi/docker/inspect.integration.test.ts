import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connect } from "../../../bench/connect.ts";
import { askDocker } from "../../../src/docker/api.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { type StartedSandbox, startWithLease } from "../../../src/docker/place/start-with-lease.ts";
import { placeNetworkFrom } from "../../../src/machine/place-network-from.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import {
  installNestbox,
  type PulumiProject,
  pulumiProject,
  pulumiYaml,
} from "../../airgap/pulumi-project.ts";
import catalog from "./program/catalog.ts";

/** The properties of `docker inspect`, by path: `HostConfig.Memory`, `Config.Env[0]`. */
type Properties = ReadonlyMap<string, unknown>;

const PROGRAM = path.join(__dirname, "program");
const PASSWORD = "hunter2";
const planned = plan(catalog);
const keys = planned.services.map(({ key }) => key);

/** The reasons for allowed differences, by the prefix of their paths. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  Id: "another container",
  Name: "Pulumi appends digits to names",
  Created: "a time",
  "State.": "ids of processes, times and the log of the probe",
  HostnamePath: "contains the id",
  HostsPath: "contains the id",
  LogPath: "contains the id",
  ResolvConfPath: "contains the id",
  "GraphDriver.": "contains the ids of layers",
  "Config.Hostname": "the beginning of the id",
  "Config.Image": "the provider creates from the image's id, so that a moved tag is a change",
  [`Config.Labels.${LABEL.owner}`]: "two stacks",
  [`Config.Labels.${LABEL.project}`]: "two stacks",
  [`Config.Labels.${LABEL.stack}`]: "two stacks",
  [`Config.Labels.${LABEL.created}`]: "a time",
  [`Config.Labels.${LABEL.lease}`]: "a stack has none on its services",
  [`Config.Labels.${LABEL.plan}`]: "a hash that covers the names of networks",
  "HostConfig.NetworkMode": "the provider creates on the default bridge, which it then replaces",
  "HostConfig.Mounts": "names of volumes; compared by their keys below",
  "Mounts[": "names of volumes; compared by their keys below",
  "NetworkSettings.": "addresses; names of networks, compared by their keys below",
};

let project: PulumiProject;
let owner: string;
let started: StartedSandbox | undefined;
const viaPulumi = new Map<string, Properties>();
const direct = new Map<string, Properties>();

beforeAll(async () => {
  project = await pulumiProject({
    "Pulumi.yaml": pulumiYaml(),
    "catalog.ts": readFileSync(path.join(PROGRAM, "catalog.ts"), "utf8"),
    "index.ts": readFileSync(path.join(PROGRAM, "catalog-stack.ts"), "utf8"),
  });
  installNestbox(project.folder);
  owner = project.owner;
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  if (code !== 0) throw new Error(output);
  for (const [key, properties] of await inspectAll(owner)) viaPulumi.set(key, properties);
  started = await startDirectly();
  for (const [key, properties] of await inspectAll(started.placement.owner)) direct.set(key, properties);
});

afterAll(async () => {
  await started?.remove();
  await project?.remove();
});

/** Starts the sandbox as `nestbox run --fresh` does. */
function startDirectly(): Promise<StartedSandbox> {
  return startWithLease({
    plan: planned,
    engine: engineHost(process.env),
    secrets: { password: PASSWORD },
    environment: {},
    signal: new AbortController().signal,
    project: "inspect-test",
    projectFolder: project.folder,
    network: placeNetworkFrom(process.env),
  });
}

/** The inspected properties of an owner's services, by key. */
async function inspectAll(of: string): Promise<ReadonlyMap<string, Properties>> {
  const docker = await connect();
  const label = [`${LABEL.owner}=${of}`, `${LABEL.kind}=service`];
  const containers = await docker.listContainers({ all: true, filters: { label } });
  const inspected = await Promise.all(
    containers.map(async ({ Id, Labels }) => {
      const found = await askDocker<object>(engineHost(process.env), `/containers/${Id}/json`);
      return [Labels[LABEL.part] ?? "", new Map(properties(found))] as const;
    }),
  );
  return new Map(inspected);
}

function properties(value: unknown, place = ""): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null) return [[place, value]];
  const isList = Array.isArray(value);
  // The provider keeps variables as a set, in another order.
  const entries = Object.entries(place === "Config.Env" ? [...(value as string[])].sort() : value);
  // An empty list or record equals an absent one.
  if (entries.length === 0) return [[place, null]];
  return entries.flatMap(([key, inner]) =>
    properties(inner, isList ? `${place}[${key}]` : place === "" ? key : `${place}.${key}`),
  );
}

/** The paths of the differing properties. */
function differences(key: string): readonly string[] {
  const [one, other] = [viaPulumi.get(key), direct.get(key)];
  if (one === undefined || other === undefined) throw new Error(`${key} was not created twice`);
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (place) => (one.get(place) ?? null) !== (other.get(place) ?? null),
  );
}

function isListed(place: string): boolean {
  return Object.keys(DIFFERENCES).some((beginning) => place.startsWith(beginning));
}

test.each(keys)("%s is the same container, created by Pulumi or directly", (key) => {
  const unlisted = differences(key)
    .filter((place) => !isListed(place))
    .map((place) => `${place}: ${viaPulumi.get(key)?.get(place)} and ${direct.get(key)?.get(place)}`);
  expect(unlisted).toEqual([]);
});

test("every listed difference occurs", () => {
  const found = keys.flatMap(differences);
  const unused = Object.keys(DIFFERENCES).filter(
    (beginning) => !found.some((place) => place.startsWith(beginning)),
  );
  expect(unused).toEqual([]);
});

test.each(keys)("%s has the same volumes and networks under the same aliases", async (key) => {
  const [one, other] = await Promise.all(
    [owner, started?.placement.owner ?? ""].map((of) => attachments(of, key)),
  );
  expect(one).toEqual(other);
  expect(Object.keys(one?.networks ?? {})).toEqual(
    [...(planned.services.find((service) => service.key === key)?.networks ?? [])].sort(),
  );
});

/** The networks and mounts of a service, with keys instead of names. */
async function attachments(of: string, key: string) {
  const docker = await connect();
  const label = [`${LABEL.owner}=${of}`];
  const networks = await docker.listNetworks({ filters: { label } });
  const { Volumes: volumes } = await docker.listVolumes({ filters: { label } });
  const keyOf = new Map([
    ...networks.map(({ Name, Labels }) => [Name, Labels?.[LABEL.part] ?? ""] as const),
    ...volumes.map(({ Name, Labels }) => [Name, Labels?.[LABEL.part] ?? ""] as const),
  ]);
  const [container] = await docker.listContainers({
    all: true,
    filters: { label: [...label, `${LABEL.part}=${key}`, `${LABEL.kind}=service`] },
  });
  if (container === undefined) throw new Error(`no container of ${key}`);
  const { Mounts, NetworkSettings } = await docker.getContainer(container.Id).inspect();
  const joined = Object.entries(NetworkSettings.Networks).map(([name, { Aliases }]) => {
    // The engine adds a prefix of the container's id.
    const aliases = (Aliases ?? []).filter((alias: string) => !container.Id.startsWith(alias));
    return [keyOf.get(name) ?? name, [...new Set(aliases)].sort()] as const;
  });
  return {
    networks: Object.fromEntries(joined.sort(([first], [second]) => (first < second ? -1 : 1))),
    mounts: Mounts.map(({ Type, Name = "", Destination, RW }) => ({
      Type,
      volume: keyOf.get(Name) ?? "of the image",
      Destination,
      RW,
    })).sort((first, second) => (first.Destination < second.Destination ? -1 : 1)),
  };
}
