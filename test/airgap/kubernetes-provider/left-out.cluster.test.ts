import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { clusterProject } from "../../pulumi/kubernetes/cluster-project.ts";
import { type PulumiProject, pulumiYaml } from "../pulumi-project.ts";

const PROGRAM = `
import { coordination, core, helm, yaml } from "@pulumi/kubernetes";

const map = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: left-out }";
const lease = "apiVersion: coordination.k8s.io/v1\\nkind: Lease\\nmetadata: { name: left-out }";
new yaml.v2.ConfigGroup("group", { yaml: [map, lease].join("\\n---\\n") });
new helm.v4.Chart("chart", { chart: "./chart", postRenderer: { command: "sed", args: ["s/before/after/"] } });
const typeOf = (resource: object) => (resource as { __pulumiType: string }).__pulumiType;
export const types = [core.v1.ConfigMap, coordination.v1.Lease].map(typeOf);
`;

let project: PulumiProject;

beforeAll(async () => {
  project = await clusterProject({ "Pulumi.yaml": pulumiYaml(), "index.ts": PROGRAM });
  mkdirSync(join(project.folder, "chart/templates"), { recursive: true });
  project.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n");
  project.write(
    "chart/templates/map.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: chart-map }\ndata: { rendered: before }\n",
  );
}, 1_200_000);
afterAll(async () => {
  await project?.pulumi("destroy", "--yes", "--skip-preview");
  await project?.remove();
});

test("objects of YAML and of charts have the types of Pulumi's SDK", async () => {
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  if (code !== 0) throw new Error(output);
  const { resources } = JSON.parse(project.stateText()).checkpoint.latest;
  const { types } = project.outputs() as { readonly types: readonly string[] };
  const ofType = (type = "") => resources.filter((resource: { type: string }) => resource.type === type);
  expect(ofType(types[1])).toHaveLength(1);
  expect(ofType(types[0]).map(({ outputs }: { outputs: { data?: object } }) => outputs.data)).toEqual(
    expect.arrayContaining([undefined, { rendered: "after" }]),
  );
});
