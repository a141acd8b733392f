import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import ts from "typescript";
import type { Field, Shape } from "../../../airgap/docker-provider/property-shapes.ts";
import type { PropertyTable } from "../../../airgap/docker-provider/property-table.ts";
import { providerProperties } from "../../../airgap/docker-provider/provider-config.ts";
import { container } from "../../../airgap/docker-provider/resources/container.ts";
import { network } from "../../../airgap/docker-provider/resources/network.ts";
import { remoteImage } from "../../../airgap/docker-provider/resources/remote-image.ts";
import { volume } from "../../../airgap/docker-provider/resources/volume.ts";

/** The SDK whose types are the contract, as it is installed. */
const sdk = join(__dirname, "../../../node_modules/@pulumi/docker");

/** A property of an interface in the SDK: is it required, and the name of the interface that its value has. */
interface SdkProperty {
  readonly required: boolean;
  readonly nested: string | undefined;
}

describe.each([
  ["container.d.ts", "ContainerArgs", container.table],
  ["network.d.ts", "NetworkArgs", network.table],
  ["volume.d.ts", "VolumeArgs", volume.table],
  ["remoteImage.d.ts", "RemoteImageArgs", remoteImage.table],
  ["provider.d.ts", "ProviderArgs", providerProperties],
])("%s", (file, name, table) => {
  const sdkProperties = interfaceProperties(file, name);

  test("has exactly the inputs of the table, implemented or refused", () => {
    expect(Object.keys(table).sort()).toEqual([...sdkProperties.keys()].sort());
  });

  test("requires what the table requires", () => {
    for (const [property, { required }] of sdkProperties) {
      const need = table[property as keyof typeof table] as Field;
      if (need.need !== "refused")
        expect([property, need.need]).toEqual([property, required ? "required" : "optional"]);
    }
  });

  test("has exactly the nested fields of the table's shapes", () => {
    for (const [property, { nested }] of sdkProperties) {
      const field = (table as PropertyTable)[property];
      if (nested === undefined || field === undefined || field.need === "refused") continue;
      expect([property, fieldsThatShapeKnows(field.shape, nested)]).toEqual([
        property,
        interfaceNames(nested),
      ]);
    }
  });
});

/** Replacement or not, by pulumi's schema of 5.2.0: what is not listed replaces. */
const inPlace = {
  container: [
    "attach",
    "containerReadRefreshTimeoutMilliseconds",
    "cpuPeriod",
    "cpuQuota",
    "cpuSet",
    "cpuShares",
    "destroyGraceSeconds",
    "deviceReadBps",
    "deviceReadIops",
    "deviceWriteBps",
    "deviceWriteIops",
    "healthcheck",
    "init",
    "logs",
    "maxRetryCount",
    "memory",
    "memoryReservation",
    "memorySwap",
    "mustRun",
    "removeVolumes",
    "restart",
    "rm",
    "start",
    "tmpfs",
    "wait",
    "waitTimeout",
  ],
  network: [],
  volume: [],
  remoteImage: ["forceRemove", "keepLocally"],
};

test.each([
  ["container", container.table],
  ["network", network.table],
  ["volume", volume.table],
  ["remoteImage", remoteImage.table],
] as const)("%s is replaced by a change of any other property", (name, table) => {
  const changeable = Object.entries(table).filter(
    ([, field]) => field.need !== "refused" && field.change !== "replaces",
  );
  expect(changeable.map(([property]) => property).sort()).toEqual([...inPlace[name]].sort());
});

/** The names that a shape takes for an object, found by offering it each: what it does not know, it refuses by name. */
function fieldsThatShapeKnows(shape: Shape<unknown>, nested: string): string[] {
  const candidates = [...interfaceNames(nested), "inventedByThisTest"];
  const offered = Object.fromEntries(candidates.map((name) => [name, "x"]));
  const paths = [shape.problems([offered], "p"), shape.problems(offered, "p")].flat();
  const unknown = paths
    .filter(({ reason }) => reason.startsWith("is no property"))
    .map(({ path }) => path.split(".").at(-1));
  expect(unknown).toContain("inventedByThisTest");
  return candidates.filter((name) => !unknown.includes(name)).sort();
}

function interfaceNames(name: string): string[] {
  return [...interfaceProperties("types/input.d.ts", name).keys()].sort();
}

function interfaceProperties(file: string, name: string): Map<string, SdkProperty> {
  const source = ts.createSourceFile(file, readFileSync(join(sdk, file), "utf8"), ts.ScriptTarget.Latest);
  const found = source.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
  if (found === undefined || !ts.isInterfaceDeclaration(found))
    throw new Error(`${file} has no interface ${name}`);
  return new Map(
    found.members.filter(ts.isPropertySignature).map((member) => [
      member.name.getText(source),
      {
        required: member.questionToken === undefined,
        nested: /inputs\.(\w+)/.exec(member.type?.getText(source) ?? "")?.[1],
      },
    ]),
  );
}
