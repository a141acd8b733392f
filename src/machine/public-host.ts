import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { certificateBundle } from "./certificates.ts";

/**
 * A place on the public network, and how to tell its own answer from that of a gateway, which may answer for
 * any address.
 */
export interface PublicHost {
  readonly name: string;
  readonly url: string;
  readonly isItsAnswer: (headers: Readonly<Record<string, unknown>>, body: string) => boolean;
}

export const DOCKER_HUB: PublicHost = {
  name: "docker-hub",
  url: "https://registry-1.docker.io/v2/",
  isItsAnswer: (headers) => headers["docker-distribution-api-version"] === "registry/2.0",
};

export const PULUMI_DOWNLOADS: PublicHost = {
  name: "pulumi-downloads",
  url: "https://get.pulumi.com/install.sh",
  isItsAnswer: (_, body) => body.startsWith("#!"),
};

/** Milliseconds that a host has to answer. Where it is unreachable, this is what the first set-up loses. */
const LIMIT = 4000;
/** Milliseconds for which a verdict holds: a host that does not answer may do so again after a hiccup. */
const REACHABLE_FOR = 24 * 60 * 60 * 1000;
const UNREACHABLE_FOR = 5 * 60 * 1000;

/**
 * Whether a host answers. The verdict is kept in the cache folder: for a day that it does, for minutes that
 * it does not.
 */
export async function isReachable(host: PublicHost, cache: string): Promise<boolean> {
  const file = join(cache, "reachable", host.name);
  const known = recentVerdict(file);
  if (known !== undefined) return known;
  const answers = (await fetchFrom(host)) !== undefined;
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify({ answers, at: Date.now() }));
  renameSync(unfinished, file);
  return answers;
}

/** What a host answers, or nothing if it does not, in time, or something else answers in its place. */
export async function fetchFrom(host: PublicHost): Promise<string | undefined> {
  // Loaded here, because a set-up that has nothing to do should not pay for them.
  const [{ Agent, get }, { rootCertificates }] = await Promise.all([
    import("node:https"),
    import("node:tls"),
  ]);
  return new Promise((resolve) => {
    const bundle = certificateBundle();
    const ca = bundle === undefined ? {} : { ca: [...rootCertificates, readFileSync(bundle, "utf8")] };
    const agent = new Agent({ ...ca, proxyEnv: process.env });
    const limit = AbortSignal.timeout(LIMIT);
    const request = get(host.url, { agent, signal: limit }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        body += part;
      });
      answer.once("error", () => resolve(undefined));
      answer.once("end", () => resolve(host.isItsAnswer(answer.headers, body) ? body : undefined));
    });
    request.once("error", () => resolve(undefined));
  });
}

function recentVerdict(file: string): boolean | undefined {
  try {
    const { answers, at } = JSON.parse(readFileSync(file, "utf8")) as { answers: boolean; at: number };
    return Date.now() - at < (answers ? REACHABLE_FOR : UNREACHABLE_FOR) ? answers : undefined;
  } catch {
    return undefined;
  }
}
