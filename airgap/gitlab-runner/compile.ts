import { type CompileRequest, compileGoPrograms } from "../go-programs.ts";

/** What the programs say of themselves: the version in the module's file VERSION, at the commit that go.mod names. */
export const GITLAB_RUNNER = { version: "19.4.0", revision: "fc1f1862bd91" } as const;

const PACKAGE = "gitlab.com/gitlab-org/gitlab-runner";

/**
 * gitlab-runner and gitlab-runner-helper, compiled from their Go module with the Docker executor alone.
 * @param moduleFolder the folder of this file
 * @returns the folder with both
 * @throws as compileGoPrograms does
 */
export function compileGitLabRunner(moduleFolder: string, request: CompileRequest): Promise<string> {
  return compileGoPrograms(
    {
      moduleFolder,
      packages: ["./gitlab-runner", "./gitlab-runner-helper"],
      variables: {
        [`${PACKAGE}/common.VERSION`]: GITLAB_RUNNER.version,
        [`${PACKAGE}/common.REVISION`]: GITLAB_RUNNER.revision,
      },
    },
    request,
  );
}
