import { openTrace } from "../../src/timings/open-trace.ts";

// Sends a trace of one step for each environment of the argument, and prints the warnings of each as JSON. A
// program of its own: the exporter loads parts of Node by import(), which Jest has for modules alone.
const environments = JSON.parse(process.argv[2] ?? "[]") as readonly Readonly<Record<string, string>>[];
const sent = [];
for (const environment of environments) {
  const warnings: string[] = [];
  const progress = { warn: (text: string) => warnings.push(text) };
  const trace = await openTrace({ name: "nestbox run", start: 1, environment, progress });
  trace?.add({ part: "service cache", step: "create", start: 2, end: 3.5 });
  await trace?.send({ failed: true, exitCode: 7 });
  sent.push({ warnings, environment: trace?.environment, begin: Math.floor(performance.timeOrigin) });
}
process.stdout.write(JSON.stringify(sent));
