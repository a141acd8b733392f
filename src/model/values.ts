import { isIP } from "node:net";
import { posix } from "node:path";
import { parseDuration } from "./duration.ts";
import { imageVariable } from "./image-variable.ts";
import { aliasProblem, nameProblem } from "./names.ts";
import { aNumber, aString, type Check, legal, when } from "./shape.ts";
import { parseSize } from "./size.ts";

/** A number of processors or the like. */
export const aPositiveNumber = legal(aNumber, (value: number) =>
  value > 0 && Number.isFinite(value) ? undefined : `${value} is not a positive number; use one such as 1.5`,
);

/** A limit of processors. Docker counts in billionths and rounds; the kernel has no less than a hundredth. */
export const aCpuLimit = legal(aPositiveNumber, (value: number) =>
  value >= 0.01 && value <= 1024 ? undefined : `${value} is not a limit of processors; use 0.01 to 1024`,
);

export const aPositiveInteger = legal(aNumber, (value: number) =>
  value > 0 && Number.isInteger(value) && value < 2 ** 31
    ? undefined
    : `${value} is not a positive whole number; use one such as 3`,
);

/** A port of TCP or UDP. */
export const aPort = legal(aNumber, (port: number) =>
  Number.isInteger(port) && port >= 1 && port <= 65535
    ? undefined
    : `${port} is not a port; use a whole number from 1 to 65535`,
);

export const aSize = legal(aString, (size: string) =>
  parseSize(size) === undefined
    ? `"${size}" is not a size; use a number with KiB, MiB or GiB, for example "256MiB"`
    : undefined,
);

/** The least that Docker accepts as a limit of memory, in bytes. */
const LEAST_MEMORY = 6 * 1024 ** 2;

export const aMemoryLimit = legal(aSize, (size: string) =>
  (parseSize(size) ?? 0) < LEAST_MEMORY
    ? `"${size}" is less than Docker accepts; use 6MiB or more`
    : undefined,
);

export const aDuration = legal(aString, (duration: string) =>
  parseDuration(duration) === undefined
    ? `"${duration}" is not a duration; use a number with ms, s, m, h or d, for example "30s"`
    : undefined,
);

const HAS_NUL = "has a NUL character, at which the system ends the text; remove it";

/** What is wrong with a text that a container gets: NUL, or what UTF-8 cannot express. */
export function textProblem(text: string): string | undefined {
  if (text.includes("\0")) return HAS_NUL;
  return text.isWellFormed() ? undefined : "has half of a surrogate pair, which engines replace; remove it";
}

/** The most bytes of a word or variable that Linux hands to a program: MAX_ARG_STRLEN without the end. */
const LONGEST_WORD = 131_071;

/** What is wrong with a word of a command, or with the value of a variable. */
export function wordProblem(word: string): string | undefined {
  const length = Buffer.byteLength(word);
  if (length > LONGEST_WORD)
    return `has ${length} bytes, and Linux takes ${LONGEST_WORD} at most; put it into a file`;
  return textProblem(word);
}

/** A word of a command, or another text that the system takes. */
export const anArgument = legal(aString, wordProblem);

/** The highest id of a user or group. */
const LAST_ID = 2 ** 31 - 1;

/** A user and perhaps a group, each by name or id. */
export const aUser = legal(anArgument, (user: string) => {
  if (!/^[^:\s]+(?::[^:\s]+)?$/.test(user))
    return `"${user}" is not a user; use a name or an id, such as "1000" or "1000:1000"`;
  const wrong = user
    .split(":")
    .find((part) => /^-?\d+$/.test(part) && !(Number(part) >= 0 && Number(part) <= LAST_ID));
  return wrong === undefined ? undefined : `"${wrong}" is not an id; use 0 to ${LAST_ID}`;
});

/**
 * The signals of Linux that Docker knows by name, without SIG:
 * https://pkg.go.dev/github.com/moby/sys/signal
 */
const SIGNALS: ReadonlySet<string> = new Set([
  ...["ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL"],
  ...["PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP"],
  ...["TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ"],
  ...["RTMIN", "RTMAX"],
  ...Array.from({ length: 15 }, (_, index) => `RTMIN+${index + 1}`),
  ...Array.from({ length: 14 }, (_, index) => `RTMAX-${index + 1}`),
]);

/** A signal by its name or number. */
export const aStopSignal = legal(aString, (signal: string) => {
  const isNumber = /^[1-9]\d?$/.test(signal) && Number(signal) <= 64;
  if (isNumber || SIGNALS.has(signal.toUpperCase().replace(/^SIG/, ""))) return undefined;
  return `"${signal}" is not a signal; use one such as "SIGTERM"`;
});

/** The name of a service, network, volume, secret or profile. */
export const aName = legal(aString, (name: string) => nameProblem(name));

/** A host name of a service on its networks. */
export const anAlias = legal(aString, aliasProblem);

/** What is wrong with a path in a container. */
export function containerPathProblem(path: string): string | undefined {
  if (posix.normalize(path) === "/") return `"${path}" is the root of the container; use a folder in it`;
  const names = path.split("/");
  if (!/^\/[^:\0]+$/s.test(path) || names.includes(".."))
    return `"${path}" is not a path in the container; use an absolute path without ".." and ":"`;
  if (Buffer.byteLength(path) > 4095 || names.some((name) => Buffer.byteLength(name) > 255))
    return "is too long for Linux; use at most 4095 bytes, and 255 for each name in it";
  return textProblem(path);
}

export const aContainerPath = legal(aString, containerPathProblem);

/** What is wrong with the path of a mount. Runtimes mount the kernel's folders themselves. */
export function mountPathProblem(path: string): string | undefined {
  const problem = containerPathProblem(path);
  if (problem !== undefined) return problem;
  if (!/^\/(?:proc(?:\/|$)|(?:dev|sys)$)/.test(posix.join(path, ".").replace(/\/$/, ""))) return undefined;
  return `"${path}" is the kernel's; use another folder`;
}

/** What is wrong with the path of a file. Engines mount something over some of them. */
export function filePathProblem(path: string): string | undefined {
  const problem = containerPathProblem(path);
  if (problem !== undefined) return problem;
  if (!/^\/(?:(?:proc|dev|sys)(?:\/|$)|etc\/(?:hosts|hostname|resolv\.conf)$)/.test(posix.normalize(path)))
    return undefined;
  return `"${path}" is hidden by the engine's own; use another path, or extraHosts for names`;
}

export const aProjectPath = legal(aString, (path: string) => {
  if (path.includes("\0")) return HAS_NUL;
  if (path !== "" && !path.startsWith("/") && !path.split("/").includes("..")) return undefined;
  return `"${path}" is outside the project; use a path relative to the project's folder, without ".."`;
});

/** The form `host:port/path:tag@digest`: https://pkg.go.dev/github.com/distribution/reference */
const IMAGE_REFERENCE = new RegExp(
  [
    /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?/,
    /[a-z0-9]+(?:(?:\.|__?|-+|\/)[a-z0-9]+)*/,
    /(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
  ]
    .map(({ source }) => source)
    .join(""),
);

export const anImage = legal(aString, (image: string) => {
  const name = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const port = /^[^/]+:(\d+)\//.exec(image)?.[1] ?? "1";
  const isReference = IMAGE_REFERENCE.test(image) && !/^[0-9a-f]{64}$/.test(name);
  if (isReference && name.length <= 255 && Number(port) <= 65535) return undefined;
  const example = 'for example "redis:7-alpine"';
  return `"${image}" is not an image reference; use one that docker pull accepts, ${example}`;
});

/** An image, or a variable that has one as its value: `"$IMAGE"`. */
export const anImageOrVariable: Check = when(
  (value) => typeof value === "string" && imageVariable(value) !== undefined,
  aString,
  anImage,
);

/** The architectures that Linux images are built for, each with its variants. */
const ARCHITECTURE =
  /^(?:386|amd64(?:\/v[1-4])?|arm(?:\/v[5-8])?|arm64(?:\/v[89])?|loong64|mips64le|ppc64le|riscv64|s390x)$/;

/** The platform of an image. */
export const aPlatform = legal(aString, (platform: string) =>
  platform.startsWith("linux/") && ARCHITECTURE.test(platform.slice("linux/".length))
    ? undefined
    : `"${platform}" is not a platform; use one such as "linux/arm64"`,
);

/** What is wrong with the name of another host. */
export function hostNameProblem(host: string): string | undefined {
  if (/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(host) && host.length <= 253) return undefined;
  return `"${host}" is not a host name; use letters, digits, dots and dashes`;
}

export const aHostAddress = legal(aString, (address: string) =>
  (isIP(address) === 0 || address.includes("%")) && address !== "host-gateway"
    ? `"${address}" is not an address; use an IP address or "host-gateway"`
    : undefined,
);

/** The path of a GET request. */
export const aRequestPath = legal(aString, (path: string) =>
  /^\/[\x21-\x7e]*$/.test(path)
    ? undefined
    : `"${path}" is not a path; start it with "/" and percent-encode all but ASCII`,
);

export const aPattern = legal(aString, (pattern: string) => {
  try {
    new RegExp(pattern);
    return undefined;
  } catch {
    return `"${pattern}" is not a regular expression; correct its syntax`;
  }
});
