import { createHash } from "node:crypto";
import { shellWord } from "../model/shell.ts";

/** What a container is asked from inside. */
export type Question =
  /** The hash of a variable's value, or `absent`. */
  | { readonly kind: "variable"; readonly name: string }
  /** The hash of a file, or `absent`. */
  | { readonly kind: "file"; readonly path: string }
  /** `answered`, `silent` at each attempt, or `unable` without a program that connects. */
  | { readonly kind: "dial"; readonly host: string; readonly port: number; readonly attempts: number }
  /** `writable` or `read-only`. */
  | { readonly kind: "writable"; readonly folder: string }
  /** The address of a name in /etc/hosts, or `absent`. */
  | { readonly kind: "host"; readonly name: string }
  /** `passes`, or `fails` with an exit code. */
  | { readonly kind: "probe"; readonly command: readonly string[] }
  /** The size of a folder in memory as in its mount options, or `absent`. */
  | { readonly kind: "tmpfs"; readonly path: string }
  /** `uid:gid:name` of a new process. */
  | { readonly kind: "user" }
  /** The bytes of the control group's limit. */
  | { readonly kind: "memory" }
  /** Quota and period of the control group. */
  | { readonly kind: "processor" }
  /** `yes` or `no`: whether the system may be administered. */
  | { readonly kind: "privileged" }
  /** The addresses of the container. */
  | { readonly kind: "addresses" };

/** Answers by the number of the question. */
export type Answers = ReadonlyMap<number, string>;

/**
 * The shell command that prints the answers to questions.
 * @param first the number of the first one
 */
export function askingCommands(questions: readonly Question[], first = 0): string {
  return questions
    .map((question, index) => {
      const words = [`prove_${question.kind}`, ...argumentsOf(question)].map(shellWord).join(" ");
      return `prove_say ${first + index} "$(${words})"`;
    })
    .join("\n");
}

/** The answers in the output of a script, whatever a target puts before each line. */
export function answersIn(output: string): Answers {
  const lines = output.matchAll(/nestbox-answer=(\d+) (.*?)\s*$/gm);
  return new Map([...lines].map(([, number, answer = ""]) => [Number(number), answer]));
}

/** The answer to a question about a variable or file with this content. */
export function hashOf(nonce: string, content: string | Uint8Array): string {
  return createHash("sha256").update(nonce).update(content).digest("hex");
}

function argumentsOf(question: Question): readonly string[] {
  switch (question.kind) {
    case "variable":
    case "host":
      return [question.name];
    case "file":
    case "tmpfs":
      return [question.path];
    case "dial":
      return [question.host, String(question.port), String(question.attempts)];
    case "writable":
      return [question.folder];
    case "probe":
      return question.command;
    default:
      return [];
  }
}
