#!/bin/sh
# Makes the image of the pods' first process from its program: PROGRAM ARCHIVE
set -eu
folder=$(mktemp -d)
tar --create --file "$folder/layer.tar" --directory "$(dirname "$1")" "$(basename "$1")"
digest=$(sha256sum "$folder/layer.tar" | cut -d' ' -f1)
architecture=$(dpkg --print-architecture)
cat >"$folder/config.json" <<EOF
{
  "architecture": "$architecture", "os": "linux", "config": { "Entrypoint": ["/$(basename "$1")"] },
  "rootfs": { "type": "layers", "diff_ids": ["sha256:$digest"] }
}
EOF
cat >"$folder/manifest.json" <<EOF
[{ "Config": "config.json", "RepoTags": ["nestbox.local/pause:1"], "Layers": ["layer.tar"] }]
EOF
tar --create --file "$2" --directory "$folder" config.json manifest.json layer.tar
rm -r "$folder"
