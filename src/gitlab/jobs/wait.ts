import { milliseconds } from "../../model/duration.ts";
import type { PlannedService, RemoteProbe } from "../../model/plan/plan.ts";
import type { Dialogue } from "../../model/probe.ts";
import { shellWord } from "../../model/shell.ts";

/**
 * The command that waits for a service, for a shell with WAIT_FUNCTIONS. Undefined for a service without a
 * probe and ports. GitLab's own check proves nothing: it continues if the port does not answer
 * (executors/docker/services.go in gitlab-runner).
 */
export function waitCommand({ key, aliases, remoteProbe }: PlannedService): string | undefined {
  if (remoteProbe === undefined) return undefined;
  const seconds = Math.ceil(milliseconds(remoteProbe.within) / 1000);
  return ["nestbox_wait", key, String(seconds), ...probeWords(remoteProbe, aliases[0] ?? key)]
    .map(shellWord)
    .join(" ");
}

function probeWords(probe: RemoteProbe, host: string): readonly string[] {
  switch (probe.kind) {
    case "run":
      return probe.command;
    case "dial":
      return ["nestbox_dial", host, String(probe.port)];
    case "http":
      return dialogueWords(host, probe.port, getRequest(probe.path));
    case "dialogue":
      return dialogueWords(host, probe.port, probe.dialogue);
  }
}

function dialogueWords(host: string, port: number, { send, expect }: Dialogue): readonly string[] {
  return ["nestbox_ask", host, String(port), printfFormat(send), casePattern(expect)];
}

/** HTTP/1.0, so that the server closes the connection. Every 2xx and 3xx status counts as ready. */
function getRequest(path: string): Dialogue {
  return { send: `GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`, expect: HTTP_SUCCESS };
}

/** The only expectation that {@link casePattern} does not escape. */
const HTTP_SUCCESS = "HTTP/1.[01] [23]";

function printfFormat(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === "\r") return "\\r";
      if (character === "\n") return "\\n";
      if (character === "%") return "%%";
      return /[^ -~]|[\\-]/.test(character) ? `\\${byte.toString(8).padStart(3, "0")}` : character;
    })
    .join("");
}

function casePattern(beginning: string): string {
  return beginning === HTTP_SUCCESS ? beginning : beginning.replace(/[\\*?[\]]/g, "\\$&");
}
