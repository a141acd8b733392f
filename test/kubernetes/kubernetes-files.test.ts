import { expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { kubernetesEmission } from "../../src/kubernetes/kubernetes-files.ts";
import type { AnyManifest } from "../../src/kubernetes/lowering/manifest.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";

const withAlias = (name: string, alias: string) =>
  plan(
    sandbox(name, {
      services: { database: { image: "a", alias, ports: [5432] } },
      jobs: { tests: { image: "a", script: ["true"] } },
    }),
    { profiles: "all" },
  );

function manifestsIn(files: ReturnType<typeof kubernetesEmission>["files"]): readonly AnyManifest[] {
  return files
    .filter(({ path }) => !path.endsWith("kustomization.yaml"))
    .flatMap(({ content }) => parseAllDocuments(content).map((one) => one.toJS() as AnyManifest));
}

test("files for a namespace that exists leave it, its bounds and its other pods alone", () => {
  const { files } = kubernetesEmission(
    [withAlias("shop", "orders"), withAlias("store", "goods")],
    {},
    "team-a",
  );
  const manifests = manifestsIn(files);
  expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).toEqual(new Set(["team-a"]));
  expect(manifests.map(({ kind }) => kind)).toEqual(
    expect.not.arrayContaining(["Namespace", "ResourceQuota", "LimitRange"]),
  );
  const policies = manifests.flatMap((one) => (one.kind === "NetworkPolicy" ? [one] : []));
  expect(policies).toHaveLength(6);
  for (const { spec, metadata } of policies)
    expect(spec.podSelector).toMatchObject({
      matchLabels: { "nestbox.instance": metadata.labels?.["nestbox.sandbox"] },
    });
  const names = (kind: string) => manifests.flatMap((one) => (one.kind === kind ? [one.metadata.name] : []));
  expect(names("Deployment")).toEqual(["shop-database", "store-database"]);
  expect(names("Service").sort()).toEqual(["goods", "orders", "shop-build", "store-build"]);
});

test("one alias twice in a namespace is refused", () => {
  const plans = [withAlias("shop", "orders"), withAlias("store", "orders")];
  expect(() => kubernetesEmission(plans, {}, "team-a")).toThrow(
    'namespace team-a: shop and store both have the alias "orders"; give one of them another alias',
  );
  expect(() => kubernetesEmission(plans, {})).not.toThrow();
});
