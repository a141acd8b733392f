import { posix } from "node:path";
import { healthcheckTest } from "../docker/lowering/healthcheck.ts";
import type { Plan, PlannedContainer, PlannedJob, PlannedService } from "../model/plan/plan.ts";
import { CAPABILITIES } from "../model/privileges.ts";
import { bytes } from "../model/size.ts";
import { renderText, secretsIn, type Text } from "../model/text.ts";
import type { Behaviour } from "./behaviours.ts";
import type { Finding } from "./finding.ts";
import { type Answers, hashOf, type Question } from "./question.ts";

/** A question to a container, and the answer that the plan promises. */
export interface Expectation {
  readonly behaviour: Behaviour;
  /** What the question is about: `REDIS_HOST`, `cache:6379`. */
  readonly subject: string;
  readonly question: Question;
  /** The promised answer, in words. */
  readonly wanted: string;
  /** @default the answer is the wanted one */
  readonly isKept?: (answer: string) => boolean;
  /** The path of the property whose loss excuses it. */
  readonly excuse?: string;
}

/** Values that a plan does not contain. */
export interface Known {
  /** The values of the secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What hashes begin with. */
  readonly nonce: string;
  /** The files of the project that each service or job gets, by key. Paths of a job start at its folder. */
  readonly projectFiles: Readonly<Record<string, readonly KnownFile[]>>;
  /** A server outside the sandbox that answers whoever has a way out. */
  readonly outside: { readonly host: string; readonly port: number };
}

/** A file and the hash of its content, which begins with the nonce. */
export interface KnownFile {
  readonly path: string;
  readonly hash: string;
  /** Whether the service may have written it since. @default false */
  readonly mayChange?: true;
}

/** A container of a plan that is asked. */
export interface Subject<Container extends PlannedContainer = PlannedContainer> {
  readonly plan: Plan;
  readonly container: Container;
  /** The path of its declaration. */
  readonly place: string;
  readonly known: Known;
}

export function subjectOf<Container extends PlannedService | PlannedJob>(
  plan: Plan,
  container: Container,
  known: Known,
): Subject<Container> {
  const group = "script" in container ? "jobs" : "services";
  return { plan, container, place: `${plan.sandbox}.${group}.${container.key}`, known };
}

/** The packets that a job sends from its first moment, to the services beside it. */
export function packetsOfJob(
  subject: Subject<PlannedJob>,
  services: readonly PlannedService[],
): readonly Expectation[] {
  const near = services.filter((service) => sharesNetwork(subject.container, service));
  const given = new Set(near.flatMap(({ aliases }) => aliases));
  const far = services
    .filter((service) => !near.includes(service))
    .map((service) => ({ ...service, aliases: service.aliases.filter((alias) => !given.has(alias)) }));
  return [
    // The forbidden ones first: the rules may come later than the container.
    ...wayOut(subject),
    ...far.flatMap((service) => aliasAnswers(subject, service, "isolation")),
    ...near.flatMap((service) => aliasAnswers(subject, service, "aliases")),
  ];
}

/** What a job finds in itself. */
export function contentsOfJob(subject: Subject<PlannedJob>): readonly Expectation[] {
  return [...contents(subject), ...projectFolder(subject), ...bounds(subject)];
}

/** What a running service finds in itself. */
export function contentsOfService(subject: Subject<PlannedService>): readonly Expectation[] {
  return [
    ...readiness(subject),
    ...wayOut(subject),
    ...contents(subject),
    ...bounds(subject),
    ...folderOfService(subject),
  ];
}

/**
 * The packets of a service to the others by their addresses.
 * @param addresses of the running services, by key
 */
export function packetsOfService(
  { plan, container }: Subject<PlannedService>,
  addresses: ReadonlyMap<string, readonly string[]>,
): readonly Expectation[] {
  return plan.services
    .filter((other) => other.key !== container.key && !sharesNetwork(container, other))
    .flatMap(({ key, ports }) =>
      (addresses.get(key) ?? []).flatMap((host) =>
        ports.map((port) => dial("isolation", `${key} at ${host}:${port}`, host, port)),
      ),
    );
}

/** Compares the answers with what was expected. */
export function findings(
  { place }: Subject,
  expectations: readonly Expectation[],
  answers: Answers,
): readonly Finding[] {
  return expectations.map(({ behaviour, subject, wanted, excuse, ...rest }, index) => {
    const { isKept = (given: string) => given === wanted } = rest;
    const answer = answers.get(index) ?? "not known";
    const seen = /^[0-9a-f]{64}$/.test(answer) ? "something else" : answer || "empty";
    return {
      ...{ behaviour, place, kept: isKept(answer), seen: `${subject}: ${seen}, not ${wanted}` },
      ...(excuse && { excuse }),
    };
  });
}

function sharesNetwork(one: PlannedContainer, other: PlannedContainer): boolean {
  return one.networks.some((network) => other.networks.includes(network));
}

function aliasAnswers(
  { plan }: Subject,
  service: PlannedService,
  behaviour: "aliases" | "isolation",
): readonly Expectation[] {
  if (service.completesWithin !== undefined) return [];
  const excuse = `${plan.sandbox}.services.${service.key}.alias`;
  return service.aliases.flatMap((alias) =>
    service.ports.map((port) => ({
      ...dial(behaviour, `${alias}:${port}`, alias, port),
      ...(behaviour === "aliases" && { excuse }),
    })),
  );
}

function dial(behaviour: "aliases" | "isolation", subject: string, host: string, port: number): Expectation {
  // A busy machine loses packets: one that is allowed may be sent again.
  const [wanted, attempts] = behaviour === "aliases" ? ["answered", 3] : ["silent", 1];
  return { behaviour, subject, question: ["dial", host, port, attempts], wanted };
}

/** A container on internal networks alone reaches nothing outside. */
function wayOut({ plan, container, known }: Subject): readonly Expectation[] {
  const isInternal = plan.networks
    .filter(({ key }) => container.networks.includes(key))
    .every(({ internal }) => internal);
  const { host, port } = known.outside;
  return isInternal ? [dial("isolation", "a server outside", host, port)] : [];
}

/** The declared probe passes inside the service. */
function readiness({ plan, place, container }: Subject<PlannedService>): readonly Expectation[] {
  const { env, probe } = container;
  if (probe === undefined || probe.kind === "log" || probe.kind === "image") return [];
  const [form, ...words] = healthcheckTest(probe);
  // GitLab passes the variables of jobs to services, and a probe elsewhere runs without them.
  const foreign = new Set(plan.jobs.flatMap((job) => Object.keys(job.env)));
  const unset = [...foreign].filter((name) => !Object.hasOwn(env, name)).flatMap((name) => ["-u", name]);
  const command = form === "CMD" ? words : ["sh", "-c", ...words];
  return [
    {
      ...{ behaviour: "readiness", subject: "probe", wanted: "passes" },
      question: ["probe", "env", ...unset, ...command],
      excuse: `${place}.probe`,
    },
  ];
}

/** The variables and files of a container, and no secret of another one. */
function contents({ plan, container, known }: Subject): readonly Expectation[] {
  const { env, files, key } = container;
  const secret = (name: string) => known.secrets[name] ?? "";
  const hash = (value: Text) => hashOf(known.nonce, renderText(value, secret));
  const own = [
    // A shell has no variables of other names.
    ...textsOf(container)
      .filter(({ question: [kind, name] }) => kind === "file" || /^[A-Za-z_]\w*$/.test(name))
      .map(({ question, value }) => ({ question, hash: hash(value), mayChange: false })),
    ...(known.projectFiles[key] ?? []).map(({ path, hash: ofFile, mayChange = false }) => ({
      question: ["file", path] as const,
      ...{ hash: ofFile, mayChange },
    })),
  ];
  const isOwn = ([kind, name]: TextQuestion) =>
    kind === "variable" ? Object.hasOwn(env, name) : files.some(({ target }) => target === name);
  const others = [...plan.services, ...plan.jobs].filter((other) => other.key !== key);
  return [
    ...own.map(({ question, hash: wanted, mayChange }): Expectation => {
      const behaviour = question[0] === "variable" ? "environment" : "files";
      const isKept = (answer: string) => (mayChange ? answer !== "absent" : answer === wanted);
      return { behaviour, subject: question[1], question, wanted: "as declared", isKept };
    }),
    ...others.flatMap((other) =>
      textsOf(other)
        .filter(({ question, value }) => secretsIn(value).length > 0 && !isOwn(question))
        .map(({ question, value }): Expectation => {
          const isKept = (answer: string) => answer !== hash(value) && answer !== "not known";
          const wanted = `without the secret of ${other.key}`;
          return { behaviour: "secrecy", subject: question[1], question, wanted, isKept };
        }),
    ),
  ];
}

type TextQuestion = Extract<Question, readonly ["variable" | "file", string]>;

/** The variables and files that the declaration of a container has the texts of. */
function textsOf({ env, files }: PlannedContainer) {
  return [
    ...Object.entries(env).map(([name, value]) => ({ question: ["variable", name] as const, value })),
    ...files.flatMap(({ target, source }) =>
      "content" in source ? [{ question: ["file", target] as const, value: source.content }] : [],
    ),
  ];
}

/** A job works in a copy of a folder of the project, and may change it. */
function projectFolder({ container }: Subject<PlannedJob>): readonly Expectation[] {
  if (container.projectFiles === undefined) return [];
  return [{ behaviour: "files", subject: "working folder", question: ["writable", "."], wanted: "writable" }];
}

/** The folder that the processes of a service start in. */
function folderOfService({ place, container }: Subject<PlannedService>): readonly Expectation[] {
  const { workingFolder: wanted } = container;
  if (wanted === undefined) return [];
  const excuse = `${place}.workingFolder`;
  const isKept = (answer: string) => posix.join(answer, "/") === posix.join(wanted, "/");
  return [
    { behaviour: "files", subject: "working folder", question: ["output", "pwd"], wanted, isKept, excuse },
  ];
}

/** What bounds a container, and what names it has for other hosts. */
function bounds({ place, container }: Subject): readonly Expectation[] {
  const {
    limits,
    tmpfs,
    user,
    extraHosts,
    privileged,
    shmSize,
    capAdd = [],
    capDrop = [],
    noNewPrivileges,
    pidsLimit,
    ulimits = {},
    sysctls = {},
  } = container;
  const { memoryBytes, cpus } = limits;
  const isAdministrator = !privileged && capAdd.some((name) => name === "ALL" || name === "SYS_ADMIN");
  const bound = (
    subject: string,
    question: Question,
    wanted: string,
    more: Pick<Expectation, "isKept" | "excuse"> = {},
  ): Expectation => ({ behaviour: "limits", subject, question, wanted, ...more });
  return [
    memoryBytes !== undefined &&
      bound("memory", ["memory"], String(memoryBytes), { excuse: `${place}.limits` }),
    cpus !== undefined &&
      bound("processors", ["processor"], String(cpus), {
        isKept: (answer) => processors(answer) === cpus,
        excuse: `${place}.limits`,
      }),
    ...Object.entries(tmpfs).map(([path, size]) =>
      bound(path, ["tmpfs", path], `in memory with ${size} bytes`, {
        isKept: (answer) => wholePages(sizeIn(answer)) === wholePages(size),
        excuse: `${place}.tmpfs`,
      }),
    ),
    shmSize !== undefined &&
      bound("/dev/shm", ["tmpfs", "/dev/shm"], `in memory with ${bytes(shmSize)} bytes`, {
        isKept: (answer) => wholePages(sizeIn(answer)) === wholePages(bytes(shmSize)),
        excuse: `${place}.shmSize`,
      }),
    ...CAPABILITIES.flatMap((name, number) => {
      const isAdded = capAdd.some((one) => one === name || one === "ALL");
      const isDropped = !isAdded && capDrop.some((one) => one === name || one === "ALL");
      if (privileged || !(isAdded || isDropped)) return [];
      return bound(`capability ${name}`, ["output", BOUNDING_SET], isAdded ? "held" : "dropped", {
        isKept: (answer) => hasBit(answer, number) === isAdded,
        excuse: `${place}.${isAdded ? "capAdd" : "capDrop"}`,
      });
    }),
    bound("new privileges", ["output", NEW_PRIVILEGES], noNewPrivileges ? "1" : "0", {
      excuse: `${place}.noNewPrivileges`,
    }),
    pidsLimit !== undefined &&
      bound("processes", ["output", PIDS], String(pidsLimit), { excuse: `${place}.pidsLimit` }),
    ...Object.entries(ulimits).map(([name, limit]) => {
      const { soft, hard } = typeof limit === "number" ? { soft: limit, hard: limit } : limit;
      const wanted = [soft, hard].map((value) => (value === -1 ? "unlimited" : value)).join(" ");
      const script = `sed -n 's/^${LIMIT_NAMES[name as keyof typeof ulimits]}  *//p' /proc/self/limits`;
      return bound(`ulimit ${name}`, ["output", script], wanted, {
        isKept: (answer) => answer.split(/\s+/).slice(0, 2).join(" ") === wanted,
        excuse: `${place}.ulimits`,
      });
    }),
    ...Object.entries(sysctls).map(([name, value]) =>
      bound(`sysctl ${name}`, ["output", `cat /proc/sys/${name.replaceAll(".", "/")}`], value, {
        isKept: (answer) => spaced(answer) === spaced(value),
        excuse: `${place}.sysctls`,
      }),
    ),
    user !== undefined &&
      bound("user", ["user"], user, {
        isKept: (answer) => isUser(answer, user),
        excuse: `${place}.user`,
      }),
    ...Object.entries(extraHosts).map(([name, address]) => {
      const isGateway = address === "host-gateway";
      return bound(name, ["host", name], address, {
        ...(isGateway && { isKept: (answer: string) => answer !== "absent" }),
        ...(isGateway && { excuse: `${place}.extraHosts` }),
      });
    }),
    !isAdministrator && bound("privileged", ["privileged"], privileged ? "yes" : "no"),
  ].filter((expectation) => expectation !== false);
}

/** The kernel separates several values by tabs. */
function spaced(values: string): string {
  return values.trim().replace(/\s+/g, " ");
}

/** The kernel's names of the limits of a process, in /proc/self/limits. */
const LIMIT_NAMES: Readonly<Record<keyof NonNullable<PlannedContainer["ulimits"]>, string>> = {
  core: "Max core file size",
  cpu: "Max cpu time",
  data: "Max data size",
  fsize: "Max file size",
  locks: "Max file locks",
  memlock: "Max locked memory",
  msgqueue: "Max msgqueue size",
  nice: "Max nice priority",
  nofile: "Max open files",
  nproc: "Max processes",
  rss: "Max resident set",
  rtprio: "Max realtime priority",
  rttime: "Max realtime timeout",
  sigpending: "Max pending signals",
  stack: "Max stack size",
};

/** The capabilities that a process may ever have, as hexadecimal digits. */
const NEW_PRIVILEGES = "sed -n 's/^NoNewPrivs:[^0-9]*//p' /proc/self/status";

const PIDS = "cat /sys/fs/cgroup/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids/pids.max";

const BOUNDING_SET = "sed -n 's/^CapBnd:[^0-9a-f]*//p' /proc/self/status";

function hasBit(digits: string, number: number): boolean | undefined {
  return /^[0-9a-f]+$/.test(digits) ? ((BigInt(`0x${digits}`) >> BigInt(number)) & 1n) === 1n : undefined;
}

/** The processors of a quota and its period. */
function processors(answer: string): number {
  const [quota, period] = answer.split(" ").map(Number);
  return (quota ?? Number.NaN) / (period ?? Number.NaN);
}

function sizeIn(answer: string): number {
  const [, digits, unit = ""] = /^(\d+)([kmg]?)$/.exec(answer) ?? [];
  return Number(digits) * ({ "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[unit] ?? Number.NaN);
}

/** The kernel rounds up: man 5 tmpfs. */
function wholePages(bytes: number): number {
  return Math.ceil(bytes / 4096);
}

/** Whether `uid:gid:name` is a declared user: a number or name, and perhaps a group. */
function isUser(answer: string, declared: string): boolean {
  const [id, group, name] = answer.split(":");
  const [user, wantedGroup] = declared.split(":");
  const sameGroup = wantedGroup === undefined || !/^\d+$/.test(wantedGroup) || wantedGroup === group;
  return (user === id || user === name) && sameGroup;
}
