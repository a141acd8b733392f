import { healthcheckTest } from "../docker/lowering/healthcheck.ts";
import { GITLAB_SERVICES } from "../gitlab/jobs/gitlab-support.ts";
import { KUBERNETES } from "../kubernetes/kubernetes-support.ts";
import type { Plan, PlannedContainer, PlannedJob, PlannedService } from "../model/plan/plan.ts";
import { renderText, secretsIn, type Text } from "../model/text.ts";
import type { Behaviour } from "./behaviours.ts";
import type { Excuse, Finding } from "./finding.ts";
import type { Answers } from "./question.ts";
import { hashOf, type Question } from "./question.ts";

/** A question to a container, and the answer that the plan promises. */
export interface Expectation {
  readonly behaviour: Behaviour;
  /** The path of the service or job. */
  readonly place: string;
  /** What the question is about: `REDIS_HOST`, `cache:6379`. */
  readonly subject: string;
  readonly question: Question;
  readonly isKept: (answer: string) => boolean;
  /** The promised answer, in words. */
  readonly wanted: string;
  readonly excuse?: Excuse;
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

/** A file and its content. */
export interface KnownFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** A container of a plan, with the path of its declaration. */
interface Subject {
  readonly plan: Plan;
  readonly place: string;
  readonly container: PlannedContainer;
  readonly known: Known;
}

/** The packets that a job sends from its first moment, to the services beside it. */
export function packetsOfJob(
  plan: Plan,
  job: PlannedJob,
  services: readonly PlannedService[],
  known: Known,
): readonly Expectation[] {
  const subject = subjectOf(plan, job, known);
  const near = services.filter((service) => sharesNetwork(job, service));
  const given = new Set(near.flatMap(({ aliases }) => aliases));
  const far = services
    .filter((service) => !near.includes(service))
    .map((service) => ({ ...service, aliases: service.aliases.filter((alias) => !given.has(alias)) }));
  return [
    // The forbidden ones first: the rules may come later than the container.
    ...wayOut(subject),
    ...far.flatMap((service) => aliasAnswers(subject, service, "isolation", "silent")),
    ...near.flatMap((service) => aliasAnswers(subject, service, "aliases", "answered")),
  ];
}

/** What a job finds in itself. */
export function contentsOfJob(plan: Plan, job: PlannedJob, known: Known): readonly Expectation[] {
  const subject = subjectOf(plan, job, known);
  return [...contents(subject), ...projectFolder(subject, job), ...bounds(subject)];
}

/** What a running service finds in itself. */
export function contentsOfService(plan: Plan, service: PlannedService, known: Known): readonly Expectation[] {
  const subject = subjectOf(plan, service, known);
  return [...readiness(subject, service), ...wayOut(subject), ...contents(subject), ...bounds(subject)];
}

/**
 * The packets of a service to the others by their addresses.
 * @param addresses of the running services, by key
 */
export function packetsOfService(
  plan: Plan,
  service: PlannedService,
  addresses: ReadonlyMap<string, readonly string[]>,
  known: Known,
): readonly Expectation[] {
  const { place } = subjectOf(plan, service, known);
  return plan.services.flatMap((other) =>
    other.key === service.key || sharesNetwork(service, other)
      ? []
      : (addresses.get(other.key) ?? []).flatMap((host) =>
          other.ports.map((port) =>
            dial(place, `${other.key} at ${host}:${port}`, host, port, "isolation", "silent"),
          ),
        ),
  );
}

/** Compares the answers with what was expected. */
export function findings(expectations: readonly Expectation[], answers: Answers): readonly Finding[] {
  return expectations.map(({ behaviour, place, subject, isKept, wanted, excuse }, index) => {
    const answer = answers.get(index) ?? "not known";
    const seen = /^[0-9a-f]{64}$/.test(answer) ? "something else" : answer || "empty";
    return {
      ...{ behaviour, place, kept: isKept(answer), seen: `${subject}: ${seen}, not ${wanted}` },
      ...(excuse && { excuse }),
    };
  });
}

function subjectOf(plan: Plan, container: PlannedService | PlannedJob, known: Known): Subject {
  const group = "script" in container ? "jobs" : "services";
  return { plan, place: `${plan.sandbox}.${group}.${container.key}`, container, known };
}

function sharesNetwork(one: PlannedContainer, other: PlannedContainer): boolean {
  return one.networks.some((network) => other.networks.includes(network));
}

function aliasAnswers(
  { plan, place }: Subject,
  service: PlannedService,
  behaviour: Behaviour,
  wanted: string,
): readonly Expectation[] {
  if (service.completesWithin !== undefined) return [];
  const excuse: Excuse = {
    path: `${plan.sandbox}.services.${service.key}.alias`,
    targets: [KUBERNETES.name],
    always: false,
  };
  return service.aliases.flatMap((alias) =>
    service.ports.map((port) => ({
      ...dial(place, `${alias}:${port}`, alias, port, behaviour, wanted),
      ...(behaviour === "aliases" && { excuse }),
    })),
  );
}

function dial(
  place: string,
  subject: string,
  host: string,
  port: number,
  behaviour: Behaviour,
  wanted: string,
): Expectation {
  // A busy machine loses packets: one that is allowed may be sent again.
  const attempts = wanted === "answered" ? 3 : 1;
  const question: Question = { kind: "dial", host, port, attempts };
  return { behaviour, place, subject, question, isKept: (answer) => answer === wanted, wanted };
}

/** A container on internal networks alone reaches nothing outside. */
function wayOut({ plan, place, container, known }: Subject): readonly Expectation[] {
  const isInternal = plan.networks
    .filter(({ key }) => container.networks.includes(key))
    .every(({ internal }) => internal);
  const { host, port } = known.outside;
  return isInternal ? [dial(place, "a server outside", host, port, "isolation", "silent")] : [];
}

/** The declared probe passes inside the service. */
function readiness({ plan, place }: Subject, { key, env, probe }: PlannedService): readonly Expectation[] {
  if (probe === undefined || probe.kind === "log" || probe.kind === "image") return [];
  const [form, ...words] = healthcheckTest(probe);
  // GitLab passes the variables of jobs to services, and a probe elsewhere runs without them.
  const foreign = new Set(plan.jobs.flatMap((job) => Object.keys(job.env)));
  const unset = [...foreign].filter((name) => !Object.hasOwn(env, name)).flatMap((name) => ["-u", name]);
  const command = form === "CMD" ? words : ["sh", "-c", ...words];
  return [
    {
      behaviour: "readiness",
      place,
      subject: "probe",
      question: { kind: "probe", command: ["env", ...unset, ...command] },
      isKept: (answer) => answer === "passes",
      wanted: "passes",
      excuse: {
        path: `${plan.sandbox}.services.${key}.probe`,
        targets: [GITLAB_SERVICES.name],
        always: false,
      },
    },
  ];
}

function contents({ plan, place, container, known }: Subject): readonly Expectation[] {
  const render = (value: Text) => renderText(value, (name) => known.secrets[name] ?? "");
  const variable = (value: string) => hashOf(known.nonce, value);
  const declared = container.files.flatMap(({ target, source }) =>
    "content" in source ? [{ path: target, content: Buffer.from(render(source.content)) }] : [],
  );
  const files = [...declared, ...(known.projectFiles[container.key] ?? [])];
  return [
    ...Object.entries(container.env)
      .filter(isAskable)
      .map(([name, value]) =>
        same("environment", place, { kind: "variable", name }, name, variable(render(value))),
      ),
    ...files.map(({ path, content }) =>
      same("files", place, { kind: "file", path }, path, hashOf(known.nonce, content)),
    ),
    ...othersOf(plan, container).flatMap((other) => [
      ...Object.entries(other.env)
        .filter(([name, value]) => secretsIn(value).length > 0 && !Object.hasOwn(container.env, name))
        .map(([name, value]) =>
          absent(place, other, { kind: "variable", name }, name, variable(render(value))),
        ),
      ...other.files.flatMap(({ target: path, source }) =>
        "content" in source &&
        secretsIn(source.content).length > 0 &&
        !container.files.some((file) => file.target === path)
          ? [absent(place, other, { kind: "file", path }, path, hashOf(known.nonce, render(source.content)))]
          : [],
      ),
    ]),
  ];
}

/** A shell has no variables of other names. */
function isAskable([name]: readonly [string, Text]): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

function othersOf({ services, jobs }: Plan, { key }: PlannedContainer): readonly PlannedContainer[] {
  return [...services, ...jobs].filter((other) => other.key !== key);
}

function same(
  behaviour: Behaviour,
  place: string,
  question: Question,
  subject: string,
  hash: string,
): Expectation {
  return { behaviour, place, subject, question, isKept: (answer) => answer === hash, wanted: "as declared" };
}

function absent(
  place: string,
  { key }: PlannedContainer,
  question: Question,
  subject: string,
  hash: string,
): Expectation {
  const isKept = (answer: string) => answer !== hash && answer !== "not known";
  return { behaviour: "secrecy", place, subject, question, isKept, wanted: `without the secret of ${key}` };
}

/** A job sees a folder of the project and cannot change it. */
function projectFolder({ place }: Subject, { projectFiles }: PlannedJob): readonly Expectation[] {
  if (projectFiles === undefined) return [];
  return [
    {
      behaviour: "files",
      place,
      subject: "working folder",
      question: { kind: "writable", folder: "." },
      isKept: (answer) => answer === "read-only",
      wanted: "read-only",
      excuse: { path: `${place}.files`, targets: [GITLAB_SERVICES.name], always: true },
    },
  ];
}

/** What bounds a container, and what names it has for other hosts. */
function bounds({ place, container }: Subject): readonly Expectation[] {
  const { limits, tmpfs, user, extraHosts, privileged } = container;
  const { memoryBytes, cpus } = limits;
  const expectation = (
    subject: string,
    question: Question,
    isKept: Expectation["isKept"],
    wanted: string,
    excuse?: Omit<Excuse, "path"> & { readonly property: string },
  ): Expectation => ({
    ...{ behaviour: "limits", place, subject, question, isKept, wanted },
    ...(excuse && {
      excuse: { path: `${place}.${excuse.property}`, targets: excuse.targets, always: excuse.always },
    }),
  });
  const byRunner = (property: string) => ({ property, targets: [GITLAB_SERVICES.name], always: true });
  const isPrivileged = (answer: string) => answer === (privileged ? "yes" : "no");
  return [
    ...(memoryBytes === undefined
      ? []
      : [
          expectation(
            "memory",
            { kind: "memory" },
            (answer) => Number(answer) === memoryBytes,
            String(memoryBytes),
            byRunner("limits"),
          ),
        ]),
    ...(cpus === undefined
      ? []
      : [
          expectation(
            "processors",
            { kind: "processor" },
            (answer) => processors(answer) === cpus,
            String(cpus),
            byRunner("limits"),
          ),
        ]),
    ...Object.entries(tmpfs).map(([path, size]) =>
      expectation(
        path,
        { kind: "tmpfs", path },
        (answer) => wholePages(sizeIn(answer)) === wholePages(size),
        `in memory with ${size} bytes`,
        byRunner("tmpfs"),
      ),
    ),
    ...(user === undefined
      ? []
      : [
          expectation("user", { kind: "user" }, (answer) => isUser(answer, user), user, {
            property: "user",
            targets: [KUBERNETES.name],
            always: false,
          }),
        ]),
    ...Object.entries(extraHosts).map(([name, address]) =>
      expectation(
        name,
        { kind: "host", name },
        (answer) => (address === "host-gateway" ? answer !== "absent" : answer === address),
        address,
        { property: "extraHosts", targets: [KUBERNETES.name], always: address === "host-gateway" },
      ),
    ),
    expectation("privileged", { kind: "privileged" }, isPrivileged, privileged ? "yes" : "no"),
  ];
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
