import { PRIVILEGED_IMAGES, type Runner } from "nestbox";

/** The runners of this project, the least privileged first: a job gets the first that suits it. */
const runners: readonly Runner[] = [
  { name: "containers", tags: ["docker"] },
  { name: "image-builds", tags: ["image-builds"], userNamespaces: true },
  {
    name: "docker-in-docker",
    // Without the other runners' tags: GitLab gives a job to any runner with all its tags.
    tags: ["docker-in-docker"],
    privilegedServices: PRIVILEGED_IMAGES,
    sharedFolders: ["/certs/client"],
  },
];

export default runners;
