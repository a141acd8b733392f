import { expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { printCleanUp } from "../../../src/cli/verbs/cluster-clean-up.ts";
import { roleManifest } from "../../../src/kubernetes/rights/role-manifest.ts";

interface Found {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly object[];
}

const OPTIONS = { image: "registry.example.com/nestbox", every: "30m" };

async function printed(options: Partial<Parameters<typeof printCleanUp>[0]> = {}): Promise<readonly Found[]> {
  const texts: string[] = [];
  const stdout = { write: (text: string) => texts.push(text) };
  await printCleanUp({ ...OPTIONS, ...options }, { stdout: stdout as never });
  return parseAllDocuments(texts.join("")).map((document) => document.toJS() as Found);
}

const namesOf = (objects: readonly Found[]) =>
  objects.map(({ kind, metadata: { namespace = "", name } }) => `${kind} ${namespace}/${name}`);

const rulesOf = (objects: readonly Found[]) => objects.flatMap(({ rules = [] }) => rules);

/** The rules that `nestbox cluster rights gc` prints. */
function rightsOfGc(namespace?: string): readonly object[] {
  return (parse(roleManifest("gc", namespace)) as { readonly rules: readonly object[] }).rules;
}

test("the account has the rights of gc, those on leases in their namespace alone", async () => {
  const objects = await printed();
  expect(namesOf(objects)).toEqual([
    "Namespace /nestbox-clean-up",
    "Namespace /nestbox-leases",
    "ServiceAccount nestbox-clean-up/nestbox-clean-up",
    "ClusterRole /nestbox-clean-up",
    "ClusterRoleBinding /nestbox-clean-up",
    "Role nestbox-leases/nestbox-clean-up",
    "RoleBinding nestbox-leases/nestbox-clean-up",
    "NetworkPolicy nestbox-clean-up/nestbox-clean-up",
    "CronJob nestbox-clean-up/nestbox-clean-up",
  ]);
  expect(rulesOf(objects)).toEqual(rightsOfGc());
  const ofLeases = objects.find(({ kind }) => kind === "Role")?.rules;
  expect(ofLeases).toEqual([expect.objectContaining({ resources: ["leases"] })]);
});

test("inside a namespace the account has rights there alone", async () => {
  const objects = await printed({ namespace: "team-a" });
  expect(objects.map(({ kind }) => kind)).toEqual([
    ...["ServiceAccount", "Role", "RoleBinding", "NetworkPolicy", "CronJob"],
  ]);
  expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(["team-a"]));
  expect(rulesOf(objects)).toEqual(rightsOfGc("team-a"));
});

test("the CronJob runs gc in the cluster of its pod, one at a time, without privileges", async () => {
  const cronJob = async (namespace?: string) =>
    JSON.stringify((await printed(namespace === undefined ? {} : { namespace })).at(-1));
  expect(JSON.parse(await cronJob())).toMatchObject({
    spec: {
      ...{ schedule: "*/30 * * * *", concurrencyPolicy: "Forbid" },
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              ...{ serviceAccountName: "nestbox-clean-up", restartPolicy: "Never" },
              containers: [
                {
                  image: OPTIONS.image,
                  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                },
              ],
            },
          },
        },
      },
    },
  });
  expect(await cronJob()).toContain('"gc","--yes","--target","kubernetes","--context","in-cluster"]');
  expect(await cronJob("team-a")).toContain('"in-cluster","--namespace","team-a"]');
});

test("a time that no schedule expresses, and a name that no namespace has, are refused", async () => {
  await expect(printed({ every: "7m" })).rejects.toThrow('--every: is "7m"; use whole minutes that divide');
  await expect(printed({ every: "soon" })).rejects.toThrow('--every: is "soon"');
  await expect(printed({ namespace: "Team A" })).rejects.toThrow("--namespace.namespace");
});
