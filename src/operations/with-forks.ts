import { forkServer } from "../fork/fork-server.ts";
import { type ServiceToFork, sourceOfForks } from "./fork-source.ts";

/**
 * Works with forks of some services, and drops them afterwards.
 * @param work gets the variables of the forks
 */
export async function withForks<Result>(
  request: Omit<ServiceToFork, "service">,
  services: readonly string[],
  work: (variables: Readonly<Record<string, string>>) => Promise<Result>,
): Promise<Result> {
  const [service, ...others] = services;
  if (service === undefined) return work({});
  const server = forkServer(await sourceOfForks({ ...request, service }));
  const { variables, drop } = await server.fork({ ahead: 0 });
  try {
    return await withForks(request, others, (more) => work({ ...variables, ...more }));
  } finally {
    await drop();
    await server.end();
  }
}
