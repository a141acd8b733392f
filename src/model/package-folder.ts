import { findPackageJSON } from "node:module";
import { dirname } from "node:path";

/** The folder of this package's package.json. Not a path from this module: the published one is bundled. */
export const PACKAGE_FOLDER = dirname(findPackageJSON(import.meta.url) ?? "");
