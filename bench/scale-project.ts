import { throwawayProject } from "./throwaway-project.ts";

/** A user's project with its own state. */
export type ScaleProject = ReturnType<typeof scaleProject>;

/** The timeout of a request, in seconds. An unreachable Redis drops packets instead of refusing them. */
const TIMEOUT_SECONDS = 5;

// The job sends requests to its own Redis by alias. The counter is 1 unless another job reached that Redis.
// Concurrently it sends requests to the addresses in BENCH_FOREIGN_HOSTS.
const DECLARATION = `import { redis } from "nestbox/catalog";
import { sandbox } from "nestbox";

export default Array.from({ length: Number(process.env.BENCH_SANDBOXES) }, (_, index) =>
  sandbox(\`s\${index + 1}\`, {
    services: { cache: redis({ alias: "cache" }) },
    jobs: {
      ask: {
        image: "redis:7-alpine",
        timeout: "5m",
        env: ({ cache }) => ({ HOST: cache.host, FOREIGN_HOSTS: process.env.BENCH_FOREIGN_HOSTS ?? "" }),
        script: [
          "ask() { timeout ${TIMEOUT_SECONDS} redis-cli -h \\"$@\\"; }",
          "for host in $FOREIGN_HOSTS; do echo \\"foreign: $(ask $host ping 2>&1)\\" & done",
          "echo \\"own: $(ask $HOST ping) $(ask $HOST incr asked)\\"",
          "wait",
        ],
      },
    },
  }),
);
`;

/** The answers that a job received. */
export type JobAnswers = ReturnType<typeof jobAnswers>;

/** Parses the output of a job. */
export function jobAnswers(stdout: string) {
  const foreign = [...stdout.matchAll(/^foreign: (.*)$/gm)].map(([, answer = ""]) => answer);
  return {
    /** Whether its own Redis answered, without earlier requests. */
    own: /^own: PONG 1$/m.test(stdout),
    /** The number of requests to other sandboxes. */
    foreignRequests: foreign.length,
    /** The number of answers from other sandboxes. */
    foreignAnswers: foreign.filter((answer) => answer.includes("PONG")).length,
  };
}

/** Creates a copy of this project with `declared` sandboxes, each with a Redis and a job. */
export function scaleProject(repository: string, declared: number) {
  const variables = { BENCH_SANDBOXES: String(declared) };
  const project = throwawayProject(repository, "scale", DECLARATION, variables);
  return {
    ...project,
    /** Sets the number of sandboxes for the next branches, up to the declared ones. */
    useSandboxes(count: number): void {
      const names = Array.from({ length: count }, (_, index) => `s${index + 1}`);
      project.configure({ sandboxes: names, timeToLive: "1d" });
    },
  };
}
