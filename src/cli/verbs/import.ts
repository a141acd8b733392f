import { existsSync } from "node:fs";
import path from "node:path";
import { writeAtomically } from "../../emission/write-atomically.ts";
import { importCompose } from "../../import/sandbox-module.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { styled } from "../init/code-style.ts";
import { COMPOSE_FILES, projectFrom } from "../init/compose-import.ts";
import { readFolder } from "../init/folder-facts.ts";
import { modulesOf, projectName } from "../init/new-files.ts";
import { readCodeStyle } from "../init/read-code-style.ts";
import { describeImport } from "../tables/import-report.ts";

export interface ImportOptions {
  /** The folder. */
  readonly project: string;
  /** The compose file, and those that are laid over it. */
  readonly files: readonly string[];
  /** The services, with those that they depend on. @default all */
  readonly service?: readonly string[];
  /** Whether to print the module instead of writing it. */
  readonly print?: boolean;
}

/**
 * `nestbox import`: writes a declaration of the services of a compose file, and reports what differs.
 * @throws ConfigurationError for a compose file that cannot be imported, and for a module that is there
 */
export async function importServices(options: ImportOptions, { stdout }: Invocation): Promise<number> {
  const folder = path.resolve(options.project);
  const facts = readFolder(folder, []);
  const files = options.files.length > 0 ? options.files : [composeFileOf(folder)];
  const { sandboxes } = modulesOf(facts);
  // A module beside the list is in the same folder.
  const imported = importCompose({
    ...{ project: folder, files, services: options.service ?? [], name: projectName(facts) },
    projectFromModule: projectFrom(sandboxes),
    asList: options.print === true || !facts.isDeclared,
  });
  const name = `${imported.sandbox}${path.extname(sandboxes)}`;
  const file = facts.isDeclared ? path.posix.join(path.posix.dirname(sandboxes), name) : sandboxes;
  const content = styled(imported.code, readCodeStyle(folder, options.print ? sandboxes : file));
  if (options.print) {
    stdout.write(content);
    return 0;
  }
  if (existsSync(path.join(folder, file)))
    throw new ConfigurationError(`${file}: is there already; remove it, or print another one with --print`);
  await writeAtomically(folder, [{ path: file, content }], [], "make the folder writable");
  stdout.write(describeImport(imported, file, facts.isDeclared ? sandboxes : undefined));
  return 0;
}

/** @throws ConfigurationError for a folder without a compose file */
function composeFileOf(folder: string): string {
  const found = COMPOSE_FILES.find((name) => existsSync(path.join(folder, name)));
  if (found !== undefined) return found;
  throw new ConfigurationError(
    `FILE: is missing, and there is no ${COMPOSE_FILES[0]} here; name a compose file`,
  );
}
