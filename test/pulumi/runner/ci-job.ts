import { readFileSync } from "node:fs";
import { parse, type YAMLSeq } from "yaml";

/** A job of a CI file, with GitLab's keys. */
export interface CiJob {
  readonly name: string;
  readonly tags: readonly string[];
  readonly image: string | { readonly name: string; readonly entrypoint?: readonly string[] };
  readonly artifacts?: { readonly reports?: { readonly dotenv?: string } };
  readonly services: readonly CiService[];
  readonly variables: Readonly<Record<string, string>>;
  /** The commands of before_script and script. */
  readonly script: readonly string[];
}

interface CiService {
  readonly name: string;
  readonly alias?: string;
  readonly command?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

interface Reference {
  readonly reference: readonly [job: string, key: "script"];
}

type Lines = readonly (string | Reference)[];

/** Reads a job from an emitted file as GitLab does, with `!reference` resolved. */
export function readCiJob(file: string, name: string): CiJob {
  const jobs = parse(readFileSync(file, "utf8"), {
    customTags: [
      { tag: "!reference", collection: "seq", resolve: (list: YAMLSeq) => ({ reference: list.toJSON() }) },
    ],
  }) as Readonly<
    Record<
      string,
      Omit<CiJob, "name" | "script"> & { readonly before_script?: Lines; readonly script: Lines }
    >
  >;
  const job = jobs[name];
  if (job === undefined) throw new Error(`${file} has no job ${name}`);
  const { before_script: before = [], script, services = [], variables = {}, ...rest } = job;
  const lines = [...before, ...script].flatMap((line) =>
    typeof line === "string" ? [line] : ((jobs[line.reference[0]]?.script ?? []) as readonly string[]),
  );
  return { ...rest, name, services, variables, script: lines };
}
