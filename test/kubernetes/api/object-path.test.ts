import { expect, test } from "@jest/globals";
import { objectPath } from "../../../src/kubernetes/api/object-path.ts";

test.each([
  ["v1", "Namespace", "shop", undefined, "/api/v1/namespaces/shop"],
  ["v1", "Pod", undefined, "shop", "/api/v1/namespaces/shop/pods"],
  ["apps/v1", "Deployment", "db", "shop", "/apis/apps/v1/namespaces/shop/deployments/db"],
  [
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "db",
    "shop",
    "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/db",
  ],
  ["storage.k8s.io/v1", "StorageClass", "fast", undefined, "/apis/storage.k8s.io/v1/storageclasses/fast"],
])("%s %s %s", (apiVersion, kind, name, namespace, expected) => {
  expect(objectPath({ apiVersion, kind, metadata: { name, namespace } })).toBe(expected);
});
