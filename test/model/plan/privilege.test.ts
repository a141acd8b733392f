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
      "remove it, or add the image to nestbox:privilegedImages (docker:dind, docker:*-dind)",
  );
  expect(() => requirePrivilege(planned, ["example/*:1"])).not.toThrow();
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
