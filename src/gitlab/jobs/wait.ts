import { DEFAULT_WITHIN, wholeSeconds } from "../../model/healthcheck.ts";
import { type Dialogue, type Probe, tcp } from "../../model/probe.ts";
import { aliasesOf, type Service } from "../../model/service.ts";
import { shellWord } from "../../model/shell.ts";

/** How a job can ask a service, from its own container, whether it is ready. */
export type RemoteQuestion =
  | { readonly kind: "run"; readonly command: readonly string[] }
  | { readonly kind: "ask"; readonly port: number; readonly dialogue: Dialogue }
  | { readonly kind: "dial"; readonly port: number };

/**
 * The question that proves what the service's probe proves, or the next best: that its first port can be
 * dialled. GitLab itself dials one port that the image exposes and goes on if nothing answers
 * (executors/docker/services.go in gitlab-runner), which proves nothing. Undefined: there is no port to dial.
 */
export function remoteQuestion(service: Service): RemoteQuestion | undefined {
  const [port] = service.ports ?? [];
  const probe: Probe | undefined = service.probe ?? (port === undefined ? undefined : tcp(port));
  if (probe?.kind === "tcp") return { kind: "dial", port: probe.port };
  if (probe?.kind === "http") return { kind: "ask", port: probe.port, dialogue: getRequest(probe.path) };
  const fromOutside = probe?.kind === "exec" ? probe.fromOutside : undefined;
  if (fromOutside && "run" in fromOutside) return { kind: "run", command: fromOutside.run };
  if (port === undefined) return undefined;
  return fromOutside ? { kind: "ask", port, dialogue: fromOutside } : { kind: "dial", port };
}

/** The command that waits for the service, for a shell that has read WAIT_FUNCTIONS. */
export function waitCommand(key: string, service: Service): string | undefined {
  const question = remoteQuestion(service);
  if (!question) return undefined;
  const host = aliasesOf(key, service)[0] ?? key;
  const within = wholeSeconds(service.probe?.within ?? DEFAULT_WITHIN);
  return ["nestbox_wait", key, String(within), ...questionWords(question, host, service.ports?.[0])]
    .map(shellWord)
    .join(" ");
}

function questionWords(
  question: RemoteQuestion,
  host: string,
  firstPort: number | undefined,
): readonly string[] {
  switch (question.kind) {
    case "run":
      return question.command.map((word) =>
        word.replaceAll("{host}", host).replaceAll("{port}", String(firstPort ?? "")),
      );
    case "ask":
      return [
        "nestbox_ask",
        host,
        String(question.port),
        printfFormat(question.dialogue.send),
        casePattern(question.dialogue.expect),
      ];
    case "dial":
      return ["nestbox_dial", host, String(question.port)];
  }
}

/** HTTP/1.0, so that the server ends the connection. Any 2xx or 3xx status is an answer. */
function getRequest(path: string): Dialogue {
  return { send: `GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`, expect: HTTP_SUCCESS };
}

/** Not a plain beginning: {@link casePattern} lets it through. */
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
