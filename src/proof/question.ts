import { createHash } from "node:crypto";
import { shellWord } from "../model/shell.ts";

/** What a container is asked from inside: a shell function of that kind, and its arguments. */
export type Question =
  /** The hash of a variable's value, or `absent`. */
  | readonly [kind: "variable", name: string]
  /** The hash of a file, or `absent`. */
  | readonly [kind: "file", path: string]
  /** `answered`, `silent` at each attempt, or `unable` without a program that connects. */
  | readonly [kind: "dial", host: string, port: number, attempts: number]
  /** `writable` or `read-only`. */
  | readonly [kind: "writable", folder: string]
  /** The address of a name in /etc/hosts, or `absent`. */
  | readonly [kind: "host", name: string]
  /** `passes`, or `fails` with an exit code. */
  | readonly [kind: "probe", ...command: readonly string[]]
  /** The size of a folder in memory as in its mount options, or `absent`. */
  | readonly [kind: "tmpfs", path: string]
  /** `uid:gid:name` of a new process. */
  | readonly [kind: "user"]
  /** The bytes of the control group's limit. */
  | readonly [kind: "memory"]
  /** Quota and period of the control group. */
  | readonly [kind: "processor"]
  /** The output of a script for the container's shell, in one line. */
  | readonly [kind: "output", script: string]
  /** `yes` or `no`: whether the system may be administered. */
  | readonly [kind: "privileged"]
  /** The addresses of the container. */
  | readonly [kind: "addresses"];

/** Answers by the number of the question. */
export type Answers = ReadonlyMap<number, string>;

/**
 * The shell command that prints the answers to questions.
 * @param first the number of the first one
 */
export function askingCommands(questions: readonly Question[], first = 0): string {
  return questions
    .map(([kind, ...words], index) => {
      const command = [`prove_${kind}`, ...words].map(String).map(shellWord).join(" ");
      return `prove_say ${first + index} "$(${command})"`;
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
