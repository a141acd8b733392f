import { readFileSync } from "node:fs";
import path from "node:path";
import { RUN_FOLDER } from "./run-folder.ts";

// What test/publish.cjs makes at the start of a run.
const { version } = JSON.parse(readFileSync(path.resolve(__dirname, "../package.json"), "utf8"));

const tarball = (name: string) => path.join(RUN_FOLDER, "tarballs", `${name}-${version}.tgz`);

/** The tarballs of this repository's packages. */
export const TARBALLS = { nestbox: tarball("nestbox"), airgap: tarball("nestbox-airgap") };

/** The node_modules of test projects, where nestbox is as it is published. */
export const PUBLISHED_MODULES = path.join(RUN_FOLDER, "published/node_modules");

/** The published command. */
export const PUBLISHED_COMMAND = path.join(PUBLISHED_MODULES, "nestbox/dist/cli/main.mjs");
