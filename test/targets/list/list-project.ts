import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const REPOSITORY = path.resolve(__dirname, "../../..");

/** How a command line ended. */
interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project whose sandboxes, a shop and a bank, are on a list. */
export interface ListProject {
  write(file: string, content: string): void;
  read(file: string): string;
  /** Runs command lines in the project, one after the other, in one process. */
  run(...commands: readonly (readonly string[])[]): readonly Ended[];
  remove(): void;
}

export function listProject(): ListProject {
  const folder = mkdtempSync(path.join(tmpdir(), "list-"));
  const write = (file: string, content: string) => writeFileSync(path.join(folder, file), content);
  mkdirSync(path.join(folder, "sandboxes"));
  symlinkSync(path.join(REPOSITORY, "src/model"), path.join(folder, "model"));
  write("package.json", '{ "type": "module", "nestbox": { "target": "list" } }');
  write(
    "sandboxes/index.ts",
    `import { sandbox } from "../model/index.ts";
const cache = { image: "redis:7-alpine", ports: [6379] };
const ping = { image: "redis:7-alpine", script: ["redis-cli ping"], timeout: "5m" };
export default [
  sandbox("shop", { services: { cache }, jobs: { ping } }),
  sandbox("bank", { services: { vault: cache } }),
];
`,
  );
  return {
    write,
    read: (file) => readFileSync(path.join(folder, file), "utf8"),
    run(...commands) {
      const words = commands.map((command) => ["--project", folder, ...command]);
      const program = path.join(__dirname, "main.ts");
      const output = execFileSync(process.execPath, [program, JSON.stringify(words)], { encoding: "utf8" });
      return output
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
