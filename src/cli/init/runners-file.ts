/** The module with a project's list of GitLab runners: one that starts Docker daemons for jobs. */
export const RUNNERS_FILE = `import { PRIVILEGED_IMAGES, type Runner } from "nestbox";

/** The GitLab runners of this project, the least privileged first: a job gets the first that suits it. */
const runners: readonly Runner[] = [
  {
    name: "docker-in-docker",
    tags: ["docker-in-docker"],
    privilegedServices: PRIVILEGED_IMAGES,
    sharedFolders: ["/certs/client"],
  },
];

export default runners;
`;
