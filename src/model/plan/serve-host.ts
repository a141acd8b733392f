import type { Plan } from "./plan.ts";

/**
 * The plan of a sandbox whose only client is a program of its host: every port of a service is published on
 * the loopback, on a free port unless the declaration names one. Jobs are left out.
 */
export function servingHost(plan: Plan): Plan {
  const services = plan.services.map((service) => {
    const declared = new Set(service.published.map(({ container }) => container));
    const others = service.ports.filter((port) => !declared.has(port));
    const published = others.map((container) => ({
      container,
      protocol: "tcp" as const,
      address: "127.0.0.1",
    }));
    return { ...service, published: [...service.published, ...published] };
  });
  const isUsed = (name: string) => services.some(({ image }) => image === name);
  return {
    ...{ ...plan, services, jobs: [] },
    images: plan.images.filter(isUsed),
    builds: plan.builds.filter(({ image }) => isUsed(image)),
  };
}
