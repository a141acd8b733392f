import path from "node:path";

/** The node_modules of test projects, where nestbox is as it is published. */
export const PUBLISHED_MODULES = path.join(process.env.NESTBOX_TEST_RUN ?? "", "published/node_modules");

/** The published command. */
export const PUBLISHED_COMMAND = path.join(PUBLISHED_MODULES, "nestbox/dist/cli/main.mjs");
