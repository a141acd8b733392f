import { expect, test } from "@jest/globals";
import { registryMirror } from "../../src/catalog/registry-mirror.ts";
import { connectionOf } from "../../src/model/declaration/references.ts";

test("a mirror has its upstream, and its probe calls the registry API", () => {
  const mirror = registryMirror({ upstream: "https://registry.example.com", env: { TZ: "UTC" } });
  expect(mirror).toMatchObject({
    image: "registry:3",
    ports: [5000],
    probe: { kind: "http", port: 5000, path: "/v2/" },
    env: { REGISTRY_PROXY_REMOTEURL: "https://registry.example.com", TZ: "UTC" },
  });
  expect(connectionOf("mirror", mirror)).toMatchObject({
    url: "http://mirror:5000",
    variables: { REGISTRY_MIRROR: "http://mirror:5000" },
  });
});
