import { expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { imageMatches, PRIVILEGED_IMAGES, requirePrivilege } from "../../../src/model/plan/privilege.ts";
import { DeclarationError } from "../../../src/model/problem.ts";

test("a privileged service with an unlisted image is refused", () => {
  const planned = plan(sandbox("a", { services: { root: { image: "example/root:1", privileged: true } } }));
  const require = () => requirePrivilege(planned, PRIVILEGED_IMAGES);
  expect(require).toThrow(DeclarationError);
  expect(require).toThrow(
    'a.services.root.privileged: "example/root:1" may not be privileged, which is root on the host; ' +
      "remove it, or add the image to nestbox:privilegedImages " +
      "(docker:dind, docker:*-dind, docker:dind@sha256:*, docker:*-dind@sha256:*)",
  );
  expect(() => requirePrivilege(planned, ["example/*:1"])).not.toThrow();
});

test.each([
  ["docker:dind", true],
  ["docker:28.0-dind", true],
  [`docker:dind@sha256:${"0".repeat(64)}`, true],
  [`docker:28.0-dind@sha256:${"0".repeat(64)}`, true],
  [`docker:28.0@sha256:${"0".repeat(64)}`, false],
  [`evil/docker:dind@sha256:${"0".repeat(64)}`, false],
])("the default patterns allow the image %s: %s", (image, isAllowed) => {
  expect(PRIVILEGED_IMAGES.some((pattern) => imageMatches(pattern, image))).toBe(isAllowed);
});

test.each([
  ["docker:*-dind", "docker:25.0.0-dind", true],
  ["docker:*-dind", "docker:dind", false],
  ["docker:*-dind", "evil/docker:25-dind", false],
  ["docker:*-dind", "docker:a/b-dind", false],
  ["docker:dind", "dockerxdind", false],
  ["docker.io", "dockerxio", false],
  ["*", "docker:dind", true],
  ["*", "evil/docker:dind", false],
  ["docker:dind", "docker:dind\n", false],
])("the pattern %j matches the image %j: %s", (pattern, image, means) => {
  expect(imageMatches(pattern, image)).toBe(means);
});

test("a job with power over the host is refused where its profile is active", () => {
  const declared = sandbox("a", {
    services: {},
    jobs: { trace: { image: "a", capAdd: ["SYS_PTRACE"], profiles: ["slow"], script: ["true"] } },
  });
  expect(() => requirePrivilege(plan(declared), [])).not.toThrow();
  expect(() => requirePrivilege(plan(declared, { profiles: ["slow"] }), [])).toThrow(
    'a.jobs.trace.capAdd: "a" may not have the capability SYS_PTRACE, which gives power over the host',
  );
});
