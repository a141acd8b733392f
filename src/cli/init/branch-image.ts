import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { NewFile } from "./stack-files.ts";

/** What stays out of the image: git's files, packages and state of this machine, and settings of branches. */
const IGNORED = `.git
.nestbox
**/node_modules
Pulumi.*-[0-9a-z][0-9a-z][0-9a-z][0-9a-z][0-9a-z][0-9a-z].yaml
`;

const { resolve } = createRequire(import.meta.url);

/** The image in which GitLab jobs manage the stacks of branches: the project and all that it needs. */
export function branchImageFiles(): readonly NewFile[] {
  const template = (name: string) => ({
    path: `container/${name}`,
    content: readFileSync(resolve(`#container/${name}`), "utf8"),
  });
  return [template("Dockerfile"), template("nestbox"), { path: ".dockerignore", content: IGNORED }];
}
