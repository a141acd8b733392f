import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A folder on PATH with credential helpers that a test writes. */
export interface HelperFolder {
  readonly path: string;
  /** PATH with the folder first. */
  readonly search: string;
  /** Writes the helper docker-credential-NAME, a shell script. */
  write(name: string, script: string): void;
  /** Writes a helper that records its arguments and its input, and prints this. */
  recording(name: string, printed: string): void;
  /** What recording helpers were asked, one `ARGUMENTS REGISTRY` a line. */
  asked(): readonly string[];
  remove(): void;
}

export function helperFolder(): HelperFolder {
  const path = mkdtempSync(join(tmpdir(), "nestbox-helpers-"));
  const record = join(path, "asked");
  writeFileSync(record, "");
  const write = (name: string, script: string) =>
    writeFileSync(join(path, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return {
    path,
    search: `${path}${delimiter}${process.env.PATH}`,
    write,
    recording(name, printed) {
      write(name, `echo "$* $(cat)" >>'${record}'\ncat <<'END'\n${printed}\nEND`);
    },
    asked: () => readFileSync(record, "utf8").split("\n").filter(Boolean),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
