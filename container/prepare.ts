// Installs the Pulumi CLI and the plugins in the image. Otherwise the set-up downloads them for each job.
import { dirname } from "node:path";
import { setUp } from "../src/setup/index.ts";
import { createProgress } from "../src/terminal/progress.ts";

const progress = createProgress();
const projectFolder = dirname(import.meta.dirname);
await setUp({ projectFolder, docker: false, pulumi: true, images: [] }, progress);
progress.close();
