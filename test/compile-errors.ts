import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";

const ROOT = resolve(__dirname, "..");

/** The errors of the compiler in each of these modules of a folder, with the project's own settings. */
export function compileErrors(folder: string, modules: readonly string[]): readonly (readonly string[])[] {
  const sources = new Map(modules.map((text, index) => [resolve(folder, `module-${index}.ts`), text]));
  return errorsOf([...sources.keys()], sources);
}

/**
 * The errors of the compiler in files of the project once another file is changed. Paths start at its folder.
 * @param change changes the text of the file
 */
export function errorsAfter(
  changed: string,
  change: (text: string) => string,
  files: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  const file = resolve(ROOT, changed);
  const before = readFileSync(file, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`${changed} was not changed`);
  const paths = files.map((each) => resolve(ROOT, each));
  const errors = errorsOf(paths, new Map([[file, after]]));
  return Object.fromEntries(files.map((each, index) => [each, errors[index] ?? []]));
}

function errorsOf(
  files: readonly string[],
  sources: ReadonlyMap<string, string>,
): readonly (readonly string[])[] {
  const settings = ts.readConfigFile(resolve(ROOT, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent({ ...settings, include: [], files }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.getSourceFile = (file, languageVersion) => {
    const source = sources.get(file);
    return source === undefined
      ? getSourceFile(file, languageVersion)
      : ts.createSourceFile(file, source, languageVersion);
  };
  const program = ts.createProgram([...files], options, host);
  return files.map((file) => {
    const source = program.getSourceFile(file);
    return (
      [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
        // A misspelt reference also counts as an unused one.
        .filter(({ code }) => code !== 6133)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
    );
  });
}
