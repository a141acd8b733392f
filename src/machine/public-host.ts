import { mkdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { writeFileAtomically } from "./atomic-file.ts";
import { certificateBundle } from "./certificate-bundle.ts";
import type { Environment } from "./environment.ts";

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

/** From where a host is asked, and where the answer is kept. */
export interface AskingPlace {
  /** Names the proxy and the CA certificates. */
  readonly environment: Environment;
  /** The cache folder. */
  readonly cache: string;
}

/** Whether a host is reachable. The cache folder keeps the result: a day if reachable, else five minutes. */
export async function isReachable(host: PublicHost, { environment, cache }: AskingPlace): Promise<boolean> {
  const file = join(cache, "reachable", host.name);
  const cached = cachedResult(file);
  if (cached !== undefined) return cached;
  const answers = (await fetchFrom(host, environment)) !== undefined;
  mkdirSync(dirname(file), { recursive: true });
  writeFileAtomically(file, JSON.stringify({ answers, at: Date.now() }));
  return answers;
}

/** The genuine answer of a host; undefined after the timeout, an error, or the answer of another server. */
async function fetchFrom(host: PublicHost, environment: Environment): Promise<string | undefined> {
  try {
    const answer = await request(host.url, environment, AbortSignal.timeout(TIMEOUT));
    const body = await text(answer);
    return host.isGenuine(answer.headers, body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Opens a file on the internet for reading. @throws Error if it cannot be had */
export async function openDownload(
  url: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const answer = await request(url, environment, signal);
  if (answer.statusCode === 200) return answer;
  answer.destroy();
  throw new Error(`${url}: HTTP status ${answer.statusCode}`);
}

async function request(url: string, environment: Environment, signal: AbortSignal): Promise<IncomingMessage> {
  // Loaded here: a set-up with nothing to do does not need them.
  const [{ Agent, get }, { rootCertificates }] = await Promise.all([
    url.startsWith("http:") ? import("node:http") : import("node:https"),
    import("node:tls"),
  ]);
  const bundle = certificateBundle(environment);
  const ca = bundle === undefined ? {} : { ca: [...rootCertificates, readFileSync(bundle, "utf8")] };
  const agent = new Agent({ ...ca, proxyEnv: environment });
  return new Promise((resolve, reject) => {
    get(url, { agent, signal }, resolve).once("error", reject);
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
