// Writes the tarballs of both packages: pack [FOLDER]. The default is dist/.
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { writeTarballs } from "./tarball.ts";

const folder = resolve(process.argv[2] ?? join(dirname(import.meta.dirname), "dist"));
mkdirSync(folder, { recursive: true });
for (const { file, size } of await writeTarballs(folder))
  process.stdout.write(`${file}  ${Math.ceil(size / 1000)} kB\n`);
