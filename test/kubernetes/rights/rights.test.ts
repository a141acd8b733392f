import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { printClusterRights } from "../../../src/cli/verbs/cluster-rights.ts";
import { KubernetesForbidden } from "../../../src/kubernetes/api/cluster-error.ts";
import { RIGHTS, type VerbWithRights } from "../../../src/kubernetes/rights/rights.ts";
import { roleRules } from "../../../src/kubernetes/rights/role-manifest.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";

async function printed(verb?: string, namespace?: string): Promise<string> {
  const texts: string[] = [];
  const stdout = { write: (text: string) => texts.push(text) };
  await printClusterRights(verb, namespace === undefined ? {} : { namespace }, { stdout: stdout as never });
  return texts.join("");
}

/** The API verbs of each resource that a verb of Nestbox needs. */
function verbsByResource(verb: VerbWithRights): ReadonlyMap<string, readonly string[]> {
  return new Map(
    roleRules(RIGHTS[verb]).flatMap(({ resources, verbs }) => resources.map((one) => [one, verbs] as const)),
  );
}

/** The table of the verbs that bring sandboxes up. */
function largeTable(): string {
  const [run, up, stack] = (["run", "up", "pulumi"] as const).map(verbsByResource);
  const more = (resource: string, others = new Map() as ReturnType<typeof verbsByResource>) =>
    (others.get(resource) ?? []).filter((verb) => !run?.get(resource)?.includes(verb));
  const rows = [...(run ?? [])].map(([resource, verbs]) => ({
    resource,
    cells: [verbs, more(resource, up), more(resource, stack)]
      .map((cell) => cell.join(", ") || "–")
      .join(" | "),
  }));
  const alike = Map.groupBy(rows, ({ cells }) => cells);
  return [
    "| resources | `run`, `prove` | more for `up` | more for stacks |",
    "|---|---|---|---|",
    ...[...alike].map(([cells, same]) => `| ${same.map(({ resource }) => resource).join(", ")} | ${cells} |`),
  ].join("\n");
}

/** The table of the verbs that use sandboxes. */
function smallTable(): string {
  const rows = (["ls", "gc", "extend", "down", "env", "logs", "exec", "connect"] as const).map((verb) => ({
    verb: `\`${verb}\``,
    rights: [...verbsByResource(verb)]
      .map(([resource, verbs]) => `${resource}: ${verbs.join(", ")}`)
      .join("; "),
  }));
  const alike = Map.groupBy(rows, ({ rights }) => rights);
  return [
    "| verb | resources and verbs |",
    "|---|---|",
    ...[...alike].map(([rights, same]) => `| ${same.map(({ verb }) => verb).join(", ")} | ${rights} |`),
  ].join("\n");
}

test("the documentation has the rights of each verb", () => {
  const page = readFileSync(path.join(__dirname, "../../../docs/kubernetes.md"), "utf8");
  expect(page).toContain(`${largeTable()}\n`);
  expect(page).toContain(`${smallTable()}\n`);
});

test("the manifest is a ClusterRole with exactly a verb's rights", async () => {
  expect(parse(await printed("ls"))).toEqual({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "nestbox-ls" },
    rules: [
      { apiGroups: [""], resources: ["namespaces", "pods"], verbs: ["list"] },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list"] },
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["list"] },
    ],
  });
});

test("without a verb it has the rights of all", async () => {
  const { metadata, rules } = parse(await printed());
  expect(metadata).toEqual({ name: "nestbox" });
  const rule = rules.find(({ resources }: { readonly resources: string[] }) => resources.includes("secrets"));
  expect(rule.verbs).toEqual(["create", "delete", "get", "list", "patch", "update", "watch"]);
});

test("for a namespace it is a Role there, without a right to namespaces", async () => {
  expect(parse(await printed("down", "team-a"))).toEqual({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "nestbox-down", namespace: "team-a" },
    rules: [
      {
        apiGroups: [""],
        resources: ["configmaps", "persistentvolumeclaims", "secrets", "services"],
        verbs: ["deletecollection"],
      },
      { apiGroups: [""], resources: ["pods"], verbs: REMOVE },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: REMOVE },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: REMOVE },
      {
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        verbs: ["create", "delete", "get", "list", "update"],
      },
      {
        apiGroups: ["networking.k8s.io"],
        resources: ["networkpolicies"],
        verbs: ["delete", "get", "list", "update"],
      },
    ],
  });
  expect(await printed(undefined, "team-a")).toContain(
    "kubectl --namespace team-a create rolebinding nestbox --role=nestbox --user=NAME",
  );
  expect(await printed(undefined, "team-a")).not.toMatch(/namespaces|resourcequotas|limitranges/);
});

const REMOVE = ["deletecollection", "list"];

test("what no namespace is named is refused", async () => {
  await expect(printed("run", "Team A")).rejects.toThrow(
    '--namespace.namespace is "Team A"; it must be the name of a namespace that exists',
  );
});

test("a missing permission names the command with the namespace", () => {
  const inside = new KubernetesForbidden("no", { verb: "run", namespace: "team-a" });
  expect(inside.message).toBe(
    'no; have an administrator apply what "nestbox cluster rights run --namespace team-a" prints, ' +
      "or use another context",
  );
});

test("a verb that needs no rights is refused", async () => {
  await expect(printed("plan")).rejects.toThrow(ConfigurationError);
  await expect(printed("toString")).rejects.toThrow(
    'nestbox cluster rights: "toString" needs no rights in a cluster; use one of connect, down, ',
  );
});
