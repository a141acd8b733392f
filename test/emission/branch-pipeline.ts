import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { removeOwned } from "../../bench/remove-owned.ts";
import snake from "../../sandboxes/snake.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { refSlug, uniqueName } from "../../src/model/names.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { projectImage } from "../container/project-image.ts";
import { type EmittedProject, emittedProject } from "./emitted-project.ts";
import { type PipelineEnd, type PipelineOptions, runPipeline } from "./gitlab-ci-local.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

export const BRANCH = "feat/Per_Branch";

/** GitLab's variables in a job of the branch. */
export const OF_BRANCH = {
  CI_COMMIT_BRANCH: BRANCH,
  CI_COMMIT_REF_NAME: BRANCH,
  CI_COMMIT_REF_SLUG: refSlug(BRANCH),
};

/** A project with the emitted jobs of branches, and the state of its branches. */
export interface BranchPipeline {
  readonly project: EmittedProject;
  /** The owner label of the branch's resources. */
  readonly owner: string;
  /**
   * Runs a job with the set-up of docs/branch-environments.md: image, state, passphrase, a permanent engine.
   */
  run(job: string, options?: PipelineOptions): Promise<PipelineEnd>;
  /** Copies this repository into the branch's checkout. */
  checkOutBranch(): void;
  /** Deletes the branch, and this repository's files in the checkout. */
  deleteBranch(): void;
  remove(): Promise<void>;
}

export async function branchPipeline(): Promise<BranchPipeline> {
  const image = await projectImage();
  const project = emittedProject([snake]);
  const states = path.join(project.folder, ".runner", "states");
  mkdirSync(states, { recursive: true });
  // The path in the jobs' containers. It is part of the owner label, so that of each test file differs.
  const mounted = `/srv/states-${randomBytes(4).toString("hex")}`;
  const owner = ownerOf({ project: "nestbox", stack: uniqueName(BRANCH), backend: `file://${mounted}` });
  return {
    project,
    owner,
    run: (job, options = {}) =>
      runPipeline(project, [job], {
        ...options,
        variables: {
          NESTBOX_IMAGE: image,
          PULUMI_BACKEND_URL: `file://${mounted}`,
          PULUMI_CONFIG_PASSPHRASE: "correct horse",
          ...options.variables,
        },
        mounts: {
          "/var/run/docker.sock": engineHost(process.env).host.replace(/^unix:\/\//, ""),
          [mounted]: states,
        },
      }),
    checkOutBranch: () => checkOut(project.folder),
    deleteBranch: () => deleteBranch(project.folder),
    async remove() {
      await removeOwned(owner);
      project.remove();
    },
  };
}

function checkOut(folder: string): void {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: REPOSITORY,
  });
  const isCopied = (file: string) => file !== "" && !/^(test|docs|compose|\.gitlab.*)\//.test(file);
  for (const file of listed.toString().split("\0").filter(isCopied)) {
    if (file !== ".gitlab-ci.yml")
      cpSync(path.join(REPOSITORY, file), path.join(folder, file), { force: true });
  }
}

function deleteBranch(folder: string): void {
  const git = (...words: readonly string[]) => execFileSync("git", words, { cwd: folder, stdio: "ignore" });
  for (const name of ["src", "sandboxes", "infra", "container"])
    rmSync(path.join(folder, name), { recursive: true });
  rmSync(path.join(folder, "Pulumi.yaml"));
  git("checkout", "-B", "main");
  git("branch", "-D", BRANCH);
}
