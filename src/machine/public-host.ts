import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { writeFileAtomically } from "./atomic-file.ts";
import { certificateBundle } from "./certificate-bundle.ts";

/** A host on the internet. A gateway may answer for any address, so its answers are verified. */
export interface PublicHost {
  readonly name: string;
  readonly url: string;
  readonly isGenuine: (headers: Readonly<Record<string, unknown>>, body: string) => boolean;
}

export const DOCKER_HUB: PublicHost = {
  name: "docker-hub",
  url: "https://registry-1.docker.io/v2/",
  isGenuine: (headers) => headers["docker-distribution-api-version"] === "registry/2.0",
};

export const PULUMI_DOWNLOADS: PublicHost = {
  name: "pulumi-downloads",
  url: "https://get.pulumi.com/install.sh",
  isGenuine: (_, body) => body.startsWith("#!"),
};

/** The timeout of a request, in milliseconds. The first set-up waits that long for an unreachable host. */
const TIMEOUT = 4000;
/** The lifetimes of cached results, in milliseconds. An unreachable host may be reachable again soon. */
const REACHABLE_FOR = 24 * 60 * 60 * 1000;
const UNREACHABLE_FOR = 5 * 60 * 1000;

/** Whether a host is reachable. The cache folder keeps the result: a day if reachable, else five minutes. */
export async function isReachable(host: PublicHost, cache: string): Promise<boolean> {
  const file = join(cache, "reachable", host.name);
  const cached = cachedResult(file);
  if (cached !== undefined) return cached;
  const answers = (await fetchFrom(host)) !== undefined;
  mkdirSync(dirname(file), { recursive: true });
  writeFileAtomically(file, JSON.stringify({ answers, at: Date.now() }));
  return answers;
}

/** The genuine answer of a host; undefined after the timeout, an error, or the answer of another server. */
export async function fetchFrom(host: PublicHost): Promise<string | undefined> {
  // Loaded here: a set-up with nothing to do does not need them.
  const [{ Agent, get }, { rootCertificates }] = await Promise.all([
    import("node:https"),
    import("node:tls"),
  ]);
  return new Promise((resolve) => {
    const bundle = certificateBundle();
    const ca = bundle === undefined ? {} : { ca: [...rootCertificates, readFileSync(bundle, "utf8")] };
    const agent = new Agent({ ...ca, proxyEnv: process.env });
    const signal = AbortSignal.timeout(TIMEOUT);
    get(host.url, { agent, signal }, async (answer) => {
      const body = await text(answer).catch(() => undefined);
      resolve(body !== undefined && host.isGenuine(answer.headers, body) ? body : undefined);
    }).once("error", () => resolve(undefined));
  });
}

function cachedResult(file: string): boolean | undefined {
  try {
    const { answers, at } = JSON.parse(readFileSync(file, "utf8")) as { answers: boolean; at: number };
    return Date.now() - at < (answers ? REACHABLE_FOR : UNREACHABLE_FOR) ? answers : undefined;
  } catch {
    return undefined;
  }
}
