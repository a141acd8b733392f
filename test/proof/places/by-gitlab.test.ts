import { expect, test } from "@jest/globals";
import { gitlabTarget } from "../../../src/proof/places/by-gitlab.ts";
import { BROAD } from "../broad-sandbox.ts";
import { SMALL } from "../small-sandbox.ts";

const target = gitlabTarget({
  engine: { host: "unix:///no/engine.sock", origin: "test", isChosen: true },
  ...{ projectFolder: "/no/project", runners: [] },
});

test("gitlab-ci-local uses two images, and a daemon's for a job by compose", async () => {
  const helpers = ["firecow/gitlab-ci-local-util:latest", "sumina46/wait-for-it:latest"];
  expect(await target.images?.(SMALL)).toEqual(helpers);
  expect(await target.images?.(BROAD)).toEqual([...helpers, "docker:25.0.0-cli", "docker:dind"]);
});
