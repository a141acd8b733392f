import { healthcheckTest } from "../docker/lowering/healthcheck.ts";
import { GITLAB_SERVICES } from "../gitlab/jobs/gitlab-support.ts";
import { KUBERNETES } from "../kubernetes/kubernetes-support.ts";
import type { Plan, PlannedContainer, PlannedJob, PlannedService } from "../model/plan/plan.ts";
import { renderText, secretsIn, type Text } from "../model/text.ts";
import type { Behaviour } from "./behaviours.ts";
import type { Excuse, Finding } from "./finding.ts";
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
  return [...readiness(subject), ...wayOut(subject), ...contents(subject), ...bounds(subject)];
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
  const excuse = excusing(KUBERNETES, `${plan.sandbox}.services.${service.key}.alias`);
  return service.aliases.flatMap((alias) =>
    service.ports.map((port) => ({
      ...dial(behaviour, `${alias}:${port}`, alias, port),
      ...(behaviour === "aliases" && { excuse }),
    })),
  );
}

function excusing(target: { readonly name: string }, path: string, always = false): Excuse {
  return { path, targets: [target.name], always };
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
      excuse: excusing(GITLAB_SERVICES, `${place}.probe`),
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
      .map(({ question, value }) => ({ question, hash: hash(value) })),
    ...(known.projectFiles[key] ?? []).map(({ path, content }) => ({
      question: ["file", path] as const,
      hash: hashOf(known.nonce, content),
    })),
  ];
  const isOwn = ([kind, name]: TextQuestion) =>
    kind === "variable" ? Object.hasOwn(env, name) : files.some(({ target }) => target === name);
  const others = [...plan.services, ...plan.jobs].filter((other) => other.key !== key);
  return [
    ...own.map(({ question, hash: wanted }): Expectation => {
      const behaviour = question[0] === "variable" ? "environment" : "files";
      const isKept = (answer: string) => answer === wanted;
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

/** A job sees a folder of the project and cannot change it. */
function projectFolder({ place, container }: Subject<PlannedJob>): readonly Expectation[] {
  if (container.projectFiles === undefined) return [];
  return [
    {
      ...{ behaviour: "files", subject: "working folder", wanted: "read-only" },
      question: ["writable", "."],
      excuse: excusing(GITLAB_SERVICES, `${place}.files`, true),
    },
  ];
}

/** What bounds a container, and what names it has for other hosts. */
function bounds({ place, container }: Subject): readonly Expectation[] {
  const { limits, tmpfs, user, extraHosts, privileged } = container;
  const { memoryBytes, cpus } = limits;
  const bound = (
    subject: string,
    question: Question,
    wanted: string,
    more: Pick<Expectation, "isKept" | "excuse"> = {},
  ): Expectation => ({ behaviour: "limits", subject, question, wanted, ...more });
  const byRunner = (property: string) => excusing(GITLAB_SERVICES, `${place}.${property}`, true);
  return [
    memoryBytes !== undefined &&
      bound("memory", ["memory"], String(memoryBytes), { excuse: byRunner("limits") }),
    cpus !== undefined &&
      bound("processors", ["processor"], String(cpus), {
        isKept: (answer) => processors(answer) === cpus,
        excuse: byRunner("limits"),
      }),
    ...Object.entries(tmpfs).map(([path, size]) =>
      bound(path, ["tmpfs", path], `in memory with ${size} bytes`, {
        isKept: (answer) => wholePages(sizeIn(answer)) === wholePages(size),
        excuse: byRunner("tmpfs"),
      }),
    ),
    user !== undefined &&
      bound("user", ["user"], user, {
        isKept: (answer) => isUser(answer, user),
        excuse: excusing(KUBERNETES, `${place}.user`),
      }),
    ...Object.entries(extraHosts).map(([name, address]) => {
      const isGateway = address === "host-gateway";
      return bound(name, ["host", name], address, {
        ...(isGateway && { isKept: (answer: string) => answer !== "absent" }),
        excuse: excusing(KUBERNETES, `${place}.extraHosts`, isGateway),
      });
    }),
    bound("privileged", ["privileged"], privileged ? "yes" : "no"),
  ].filter((expectation) => expectation !== false);
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
