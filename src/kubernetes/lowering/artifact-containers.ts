import { posix } from "node:path";
import type { PlannedJob } from "../../model/plan/plan.ts";
import { helperContainer } from "./helper-container.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { PodContainer, PodMount } from "./manifest.ts";
import { readsAll } from "./pod-security.ts";
import type { PodHelpers } from "./pod-template.ts";

/** The container that a run's artifacts are read from, once the job's own container has ended. */
export const ARTIFACTS_CONTAINER = "artifacts";

/** Seconds that a client has to copy artifacts after the end of the job's time. */
export const COPIED_WITHIN_SECONDS = 60;

/** A job's working folder, as a volume that outlives the job's container. */
interface WorkingFolder extends Pick<PlannedJob, "user" | "workingFolder" | "mounts" | "tmpfs"> {
  /** The volume of the folder, where the job has no volume of its own there. */
  readonly volume: PodMount | undefined;
  /** Whether the image may have files in that folder. */
  readonly hasImageFiles: boolean;
}

/**
 * What the pod of a job with artifacts has besides the job's container. A shell that waits has the working
 * folder mounted until the pod is removed, at the latest at the end of the Job's time.
 * @param own the job's container
 */
export function artifactContainers(
  folder: WorkingFolder,
  placement: KubernetesPlacement,
  own: PodContainer,
): PodHelpers {
  const { volume, hasImageFiles, workingFolder } = folder;
  const mounts = (own.volumeMounts ?? []).filter(({ mountPath }) => isIn(mountPath, workingFolder));
  return {
    initContainers: volume !== undefined && hasImageFiles ? [copyOfImageFiles(volume, own)] : [],
    containers: [
      {
        ...helperContainer(ARTIFACTS_CONTAINER, WAIT, placement, folder),
        ...readsAll(folder),
        volumeMounts: mounts,
      },
    ],
  };
}

/** The pod's containers see each other's processes, so this is none that a script would count or end. */
const WAIT = "mkfifo /tmp/end\nread -r end </tmp/end";

/** Whether a job has a volume of its own at its working folder. */
export function hasOwnVolume({
  workingFolder,
  mounts,
  tmpfs,
}: Pick<PlannedJob, "workingFolder" | "mounts" | "tmpfs">): boolean {
  const targets = [...mounts.map(({ target }) => target), ...Object.keys(tmpfs)];
  return targets.some((target) => posix.resolve(target) === posix.resolve(workingFolder));
}

function isIn(target: string, folder: string): boolean {
  return `${posix.resolve(target)}/`.startsWith(`${posix.resolve(folder)}/`);
}

/** Not the folder itself: a user other than root may not change the volume's mode and times. */
const COPY_ENTRIES = [
  "for file in .[!.]* ..?* *; do",
  'if [ -e "$file" ] || [ -L "$file" ]; then cp -a -- "$file" /project/; fi',
  "done",
].join("\n");

/** A volume hides what the image has in the folder, so the image itself copies it. */
function copyOfImageFiles({ name }: PodMount, own: PodContainer): PodContainer {
  const { image, workingDir, resources, securityContext } = own;
  return {
    name: "working-folder",
    ...(image !== undefined && { image }),
    command: ["sh", "-ec", COPY_ENTRIES],
    ...(workingDir !== undefined && { workingDir }),
    ...(resources && { resources }),
    ...(securityContext && { securityContext }),
    volumeMounts: [{ name, mountPath: "/project" }],
  };
}
