import { ChildFailed, runChild } from "../machine/child-process.ts";
import type { Environment } from "../machine/environment.ts";
import { type Login, loginOf } from "./login.ts";

/** The time that a helper has, in milliseconds. One may wait for a person to unlock a keychain. */
const LIMIT = 30_000;

interface HelperCall {
  /** Where the program is looked for, and its own environment. */
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. @default 30 s */
  readonly limit?: number;
}

/**
 * The login that a credential helper keeps for a registry; undefined if it has none.
 * https://github.com/docker/docker-credential-helpers#development
 * @param helper its name: `pass` for docker-credential-pass
 * @param server as the logins name the registry
 * @throws Error saying why the helper gave no answer, without its output; the signal's reason
 */
export async function loginOfHelper(
  helper: string,
  server: string,
  { environment, signal, limit = LIMIT }: HelperCall,
): Promise<Login | undefined> {
  const command = `docker-credential-${helper}`;
  if (helper.includes("/")) throw new Error(`${command} is not the name of a program`);
  const timeout = AbortSignal.timeout(limit);
  const end = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const answer = runChild({ command, args: ["get"], input: server, environment, signal: end });
  try {
    return parseAnswer(command, await Promise.race([answer, untilAborted(end)]));
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) throw new Error(`${command} did not answer within ${limit / 1000} s`);
    if (!(error instanceof ChildFailed)) throw error;
    // The words of the protocol.
    if (error.lastLines.includes("credentials not found in native keychain")) return undefined;
    throw new Error(
      error.exitCode === undefined
        ? (error.message.split("\n")[0] ?? command).replace(/\.$/, "")
        : `${command} ended with exit code ${error.exitCode}; see echo ${server} | ${command} get`,
    );
  }
}

/** A descendant of a killed helper may hold its output open for longer. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function parseAnswer(command: string, text: string): Login | undefined {
  const { Username, Secret } = parseJson(text);
  if (typeof Username !== "string" || typeof Secret !== "string")
    throw new Error(`${command} printed something else than a login; update it`);
  return Username === "" && Secret === "" ? undefined : loginOf(Username, Secret);
}

function parseJson(text: string): { readonly Username?: unknown; readonly Secret?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    // The parser's message quotes the text.
    return {};
  }
}
