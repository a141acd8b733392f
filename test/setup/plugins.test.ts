import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { GITLAB_PROVIDER_VERSION } from "../../infra/gitlab/version.ts";
import { GITLAB_PROVIDER, plugins } from "../../setup/plugins.ts";
import { createProgress } from "../../terminal/progress.ts";

const repository = join(__dirname, "../..");
const { version: DOCKER } = JSON.parse(
  readFileSync(join(repository, "node_modules/@pulumi/docker/package.json"), "utf8"),
) as { readonly version: string };

let folder: string;
let asked: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  asked = join(folder, "asked");
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A double of the Pulumi CLI that writes down what it is asked to install, and has it or not. Returns the folders of the stand-ins. */
async function found(gitlab: boolean, installs: "everything" | "nothing"): Promise<readonly string[]> {
  const command = join(folder, "pulumi");
  writeFileSync(command, `#!/bin/sh\necho "$@" >>"${asked}"\nexit ${installs === "everything" ? 0 : 1}\n`);
  chmodSync(command, 0o755);
  writeFileSync(join(folder, "pulumi-language-nodejs"), "");
  const pulumi = { command, version: "3.259.0", kind: "path" } as const;
  const { folders } = await plugins({
    ...{ cache: join(folder, "cache"), packageFolder: repository, pulumiHome: folder, pulumi, gitlab },
    ...{ progress: createProgress(), signal: new AbortController().signal },
  });
  return folders.map((each) => basename(dirname(each)));
}

const has = (name: string, version: string) =>
  mkdirSync(join(folder, "plugins", `resource-${name}-v${version}`), { recursive: true });
const installed = () => (existsSync(asked) ? readFileSync(asked, "utf8").trim().split("\n") : []);

test("the GitLab provider of the set-up is that of the resources", () => {
  expect(GITLAB_PROVIDER).toBe(GITLAB_PROVIDER_VERSION);
});

test("the Docker provider's being there does not tell that GitLab's is", async () => {
  has("docker", DOCKER);
  expect(await found(true, "nothing")).toEqual(["gitlab-provider"]);
  expect(installed()).toEqual([`plugin install resource gitlab ${GITLAB_PROVIDER}`]);
});

test("a GitLab provider that is there is used, whatever the Docker provider is", async () => {
  has("gitlab", GITLAB_PROVIDER);
  expect(await found(true, "nothing")).toEqual(["docker-provider"]);
});

test("what can be downloaded needs no stand-in", async () => {
  expect(await found(true, "everything")).toEqual([]);
});

test("nobody downloads a GitLab provider who keeps no runner", async () => {
  has("docker", DOCKER);
  expect(await found(false, "nothing")).toEqual([]);
  expect(installed()).toEqual([]);
});
