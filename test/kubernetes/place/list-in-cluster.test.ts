import { expect, test } from "@jest/globals";
import { sandboxesIn } from "../../../src/kubernetes/place/list-in-cluster.ts";
import { LABEL } from "../../../src/model/labels.ts";
import type { OwnedResource } from "../../../src/ownership/owned-resource.ts";

function namespace(name: string, labels: Readonly<Record<string, string>>): OwnedResource {
  const shared = {
    [LABEL.project]: "shop",
    [LABEL.sandbox]: "store",
    [LABEL.created]: "2026-12-01T00:00:00Z",
  };
  return { kind: "namespace", id: name, name, created: 0, running: false, labels: { ...shared, ...labels } };
}

const OLD = { [LABEL.owner]: "shop/dev", [LABEL.stack]: "dev" };
const BRANCH = { ...OLD, [LABEL.component]: "eu", [LABEL.branch]: "main", [LABEL.timeToLive]: "8h" };

test("each namespace is a sandbox with its labels and services, ordered by owner and component", () => {
  const services = [
    { sandbox: "b", service: "web", state: "ready" },
    { sandbox: "b", service: "cache", pod: "cache-1", state: "starting" },
    { sandbox: "other", service: "web", state: "ready" },
  ] as const;
  const common = { owner: "shop/dev", project: "shop", stack: "dev", sandbox: "store", networks: [] };
  expect(sandboxesIn([namespace("a", OLD), namespace("b", BRANCH)], services)).toEqual([
    {
      ...{ ...common, component: "eu", branch: "main", timeToLive: "8h", namespace: "b" },
      created: "2026-12-01T00:00:00Z",
      services: [
        { service: "cache", container: "cache-1", state: "starting", published: {} },
        { service: "web", container: "", state: "ready", published: {} },
      ],
    },
    {
      ...{ ...common, component: "store", timeToLive: "never", namespace: "a" },
      created: "2026-12-01T00:00:00Z",
      services: [],
    },
  ]);
});
