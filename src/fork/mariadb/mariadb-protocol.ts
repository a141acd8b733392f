import { createHash } from "node:crypto";

// https://mariadb.com/docs/server/reference/clientserver-protocol

/** A packet, and the offset behind it. */
export interface ReadPacket {
  readonly sequence: number;
  readonly payload: Buffer;
  readonly end: number;
}

/** The packet at an offset; undefined while it is incomplete. */
export function readPacket(data: Buffer, offset: number): ReadPacket | undefined {
  if (data.length < offset + 4) return undefined;
  const start = offset + 4;
  const end = start + data.readUIntLE(offset, 3);
  if (data.length < end) return undefined;
  return { sequence: data.readUInt8(offset + 3), payload: data.subarray(start, end), end };
}

export function packetOf(sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head.writeUInt8(sequence & 0xff, 3);
  return Buffer.concat([head, payload]);
}

/** A statement, as the server reads it. */
export function statementPayload(statement: string): Buffer {
  return Buffer.concat([Buffer.from([0x03]), Buffer.from(statement)]);
}

/** An error of the server: https://mariadb.com/docs/server/reference/error-codes */
export interface MariaDbErrorAnswer {
  readonly code: number;
  readonly message: string;
}

/** The error of a payload; undefined for another payload. */
export function errorIn(payload: Buffer): MariaDbErrorAnswer | undefined {
  if (payload[0] !== 0xff) return undefined;
  const text = payload.toString("utf8", 3);
  return { code: payload.readUInt16LE(1), message: text.replace(/^#\w{5}/, "") };
}

/** Whether a payload ends a list of columns or rows. */
export function isEnd(payload: Buffer): boolean {
  return payload[0] === 0xfe && payload.length < 9;
}

/** The texts of a row or of a column's definition; null for no value. */
export function textsIn(payload: Buffer): readonly (string | null)[] {
  const texts: (string | null)[] = [];
  for (let offset = 0; offset < payload.length; ) {
    const { length, end } = readLength(payload, offset);
    texts.push(length === undefined ? null : payload.toString("utf8", end, end + length));
    offset = end + (length ?? 0);
  }
  return texts;
}

/** The name of a column by its definition. */
export function columnName(payload: Buffer): string {
  // Behind it are numbers, in a field of their own.
  return textsIn(payload.subarray(0, payload.length - 13))[4] ?? "";
}

function readLength(data: Buffer, offset: number): { readonly length?: number; readonly end: number } {
  const first = data.readUInt8(offset);
  if (first === 0xfb) return { end: offset + 1 };
  if (first < 0xfb) return { length: first, end: offset + 1 };
  const bytes = first === 0xfc ? 2 : first === 0xfd ? 3 : 6;
  const end = offset + 1 + (first === 0xfe ? 8 : bytes);
  return { length: data.readUIntLE(offset + 1, bytes), end };
}

/** What a server asks a password to be scrambled with. */
export interface Challenge {
  /** The name of the method. */
  readonly method: string;
  readonly salt: Buffer;
}

/** The challenge in a server's first packet. */
export function firstChallenge(payload: Buffer): Challenge {
  const versionEnd = payload.indexOf(0, 1) + 1;
  const first = payload.subarray(versionEnd + 4, versionEnd + 12);
  const start = versionEnd + 31;
  const saltEnd = payload.indexOf(0, start);
  const methodEnd = payload.indexOf(0, saltEnd + 1);
  return {
    method: payload.toString("utf8", saltEnd + 1, methodEnd),
    salt: Buffer.concat([first, payload.subarray(start, saltEnd)]),
  };
}

/** The challenge of a server that changes the method; undefined for another payload. */
export function nextChallenge(payload: Buffer): Challenge | undefined {
  if (payload[0] !== 0xfe) return undefined;
  const methodEnd = payload.indexOf(0, 1);
  const salt = payload.subarray(methodEnd + 1);
  return { method: payload.toString("utf8", 1, methodEnd), salt: salt.subarray(0, 20) };
}

export const NATIVE_PASSWORD = "mysql_native_password";

/** The answer to a challenge by {@link NATIVE_PASSWORD}. */
export function nativeAnswer(password: string, salt: Buffer): Buffer {
  if (password === "") return Buffer.alloc(0);
  const once = sha1(Buffer.from(password));
  const mask = sha1(Buffer.concat([salt, sha1(once)]));
  return once.map((byte, index) => byte ^ (mask[index] ?? 0)) as Buffer;
}

function sha1(data: Buffer): Buffer {
  return createHash("sha1").update(data).digest();
}

/** Long passwords, protocol 4.1, transactions, secure connection, methods by name. */
const CAPABILITIES = 0x1 | 0x200 | 0x2000 | 0x8000 | 0x80000;

const UTF8MB4 = 45;

/** The packet by which a client logs in. */
export function loginPayload(user: string, { method }: Pick<Challenge, "method">, answer: Buffer): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(CAPABILITIES, 0);
  head.writeUInt32LE(0xffffff, 4);
  head.writeUInt8(UTF8MB4, 8);
  const end = Buffer.from([0]);
  const length = Buffer.from([answer.length]);
  return Buffer.concat([head, Buffer.from(user), end, length, answer, Buffer.from(method), end]);
}
