import { overridden } from "../../model/override.ts";
import type { PlannedJob, PlannedService } from "../../model/plan/plan.ts";
import type { YamlValue } from "../../text/yaml.ts";

/** A job of a GitLab CI file: https://docs.gitlab.com/ci/yaml/#job-keywords */
export type GitLabJobEntry = Readonly<Record<string, YamlValue | undefined>>;

/** An entry of a job's `services:`: https://docs.gitlab.com/ci/services/#available-settings-for-services */
export type GitLabService = Readonly<Record<string, YamlValue | undefined>>;

declare module "../../model/override.ts" {
  interface ServiceOverrides {
    /** Changes the entry in `services:` of each job. A job that runs the compose file has none. */
    readonly gitlab?: (service: GitLabService) => GitLabService;
  }
  interface JobOverrides {
    /** Changes the CI job. */
    readonly gitlab?: (job: GitLabJobEntry) => GitLabJobEntry;
  }
}

/** An entry in `services:` after the declaration's override. @throws ConfigurationError as overridden does */
export function overrideService(path: string, service: PlannedService, entry: GitLabService): GitLabService {
  return overridden("gitlab", path, service, entry, ({ name, alias }) => {
    if (name !== entry.name) return "changes the name, which is the image; set the image of the declaration";
    return alias === entry.alias ? undefined : "changes the alias; keep it, and declare aliases";
  });
}

/** A CI job after the declaration's override. @throws ConfigurationError as overridden does */
export function overrideJob(path: string, job: PlannedJob, entry: GitLabJobEntry): GitLabJobEntry {
  const needed = ["script", "services", "image", "tags"].filter((name) => entry[name] !== undefined);
  return overridden("gitlab", path, job, entry, (changed) => {
    const lost = needed.find((name) => changed[name] === undefined);
    if (lost !== undefined) return `removes ${lost}, without which the job does not run; keep it`;
    const [network, kept] = [entry, changed].map(
      ({ variables }) => (variables as GitLabJobEntry | undefined)?.FF_NETWORK_PER_BUILD,
    );
    return network === kept ? undefined : "changes FF_NETWORK_PER_BUILD, the job's own network; keep it";
  });
}
