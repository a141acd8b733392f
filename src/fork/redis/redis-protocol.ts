/** An answer of a server: text, a number, nothing, or a list. */
export type RedisAnswer = string | number | null | readonly RedisAnswer[];

/** An error of a server, in its own words: `WRONGPASS invalid username-password pair`. */
interface RedisErrorAnswer {
  readonly error: string;
}

/** An answer, and the offset behind it. */
export interface ReadAnswer {
  readonly answer: RedisAnswer | RedisErrorAnswer;
  readonly end: number;
}

export function isErrorAnswer(answer: RedisAnswer | RedisErrorAnswer): answer is RedisErrorAnswer {
  return typeof answer === "object" && answer !== null && "error" in answer;
}

/** A command, as the server reads it. */
export function commandText(words: readonly (string | number)[]): string {
  const parts = words.map(String).map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join("")}`;
}

/**
 * The answer at an offset; undefined while it is incomplete. The format:
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function readAnswer(data: Buffer, offset: number): ReadAnswer | undefined {
  const lineEnd = data.indexOf("\r\n", offset);
  if (lineEnd < 0) return undefined;
  const line = data.toString("utf8", offset + 1, lineEnd);
  const end = lineEnd + 2;
  const kind = String.fromCharCode(data[offset] ?? 0);
  if (kind === "-") return { answer: { error: line }, end };
  if (kind === ":") return { answer: Number(line), end };
  if (kind === "$") return readText(data, Number(line), end);
  if (kind === "*") return readList(data, Number(line), end);
  return { answer: line, end };
}

function readText(data: Buffer, length: number, start: number): ReadAnswer | undefined {
  if (length < 0) return { answer: null, end: start };
  const end = start + length + 2;
  return data.length < end ? undefined : { answer: data.toString("utf8", start, end - 2), end };
}

function readList(data: Buffer, length: number, start: number): ReadAnswer | undefined {
  const answers: RedisAnswer[] = [];
  let end = start;
  for (let index = 0; index < length; index += 1) {
    const read = readAnswer(data, end);
    if (read === undefined) return undefined;
    // No command of ours has errors within its answer.
    answers.push(isErrorAnswer(read.answer) ? read.answer.error : read.answer);
    end = read.end;
  }
  return { answer: length < 0 ? null : answers, end };
}
