/**
 * A double of rsync for machines without it. gitlab-ci-local copies a checkout with it: the last two words
 * are the folder and the copy.
 */
export const RSYNC = `#!/bin/bash
set -euo pipefail
source=\${*: -2:1} target=\${*: -1:1}
mkdir -p "$target"
if [ "$source" = ./ ]; then
  { printf '.git\\0'; git ls-files -z; } | tar -c --null -T - | tar -x -C "$target"
else
  cp -a "$source" "$target"
fi
`;
