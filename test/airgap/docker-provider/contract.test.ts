import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import ts from "typescript";
import type { Field } from "../../../airgap/docker-provider/property-shapes.ts";
import { inputProblems } from "../../../airgap/docker-provider/property-table.ts";
import type { Properties } from "../../../airgap/docker-provider/property-values.ts";
import { providerProperties } from "../../../airgap/docker-provider/provider-config.ts";
import { container } from "../../../airgap/docker-provider/resources/container.ts";
import { network } from "../../../airgap/docker-provider/resources/network.ts";
import { remoteImage } from "../../../airgap/docker-provider/resources/remote-image.ts";
import { volume } from "../../../airgap/docker-provider/resources/volume.ts";

/** The SDK whose types are the contract, as it is installed. */
const sdk = join(__dirname, "../../../node_modules/@pulumi/docker");

/** A property of an interface in the SDK; `nested` is the name of the interface that its value, or each item, has. */
interface SdkProperty {
  readonly required: boolean;
  readonly nested: string | undefined;
  readonly isList: boolean;
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

  test("has no field, however deep, that the table's shapes do not know", () => {
    const offered = Object.fromEntries(
      [...sdkProperties].map(([property, sdkProperty]) => [property, offer(sdkProperty)]),
    );
    const refused = Object.entries<Field>(table).flatMap(([property, { need }]) =>
      need === "refused" ? property : [],
    );
    const unknown = inputProblems(table, offered)
      .filter(({ reason }) => reason.startsWith("is no property"))
      .map(({ path }) => path.replaceAll("[0]", ""));
    const invented = [...sdkProperties].flatMap(([property, sdkProperty]) =>
      refused.includes(property) ? [] : inventedPaths(property, sdkProperty),
    );
    expect(unknown.sort()).toEqual(invented.sort());
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

const inventedField = "inventedByThisTest";

/** A value with every field of the SDK's interface, and one that no interface has, at every depth. */
function offer({ nested, isList }: SdkProperty): Properties[string] {
  if (nested === undefined) return "x";
  const fields = [...interfaceProperties("types/input.d.ts", nested)].map(([name, field]) => [
    name,
    offer(field),
  ]);
  const value = { ...Object.fromEntries(fields), [inventedField]: "x" };
  return isList ? [value] : value;
}

/** Where `offer` has put the fields that no interface has. */
function inventedPaths(path: string, { nested }: SdkProperty): string[] {
  if (nested === undefined) return [];
  const fields = [...interfaceProperties("types/input.d.ts", nested)];
  return [
    `${path}.${inventedField}`,
    ...fields.flatMap(([name, field]) => inventedPaths(`${path}.${name}`, field)),
  ];
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
        isList: /\[\]/.test(member.type?.getText(source) ?? ""),
        nested: /inputs\.(\w+)/.exec(member.type?.getText(source) ?? "")?.[1],
      },
    ]),
  );
}
