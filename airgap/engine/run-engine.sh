# Runs the Docker engine of a root: ROOT DATA IMAGES RUN MIRROR DOCKERD-ARGUMENT…
#   ROOT  a Debian with docker.io            DATA    where images, containers and volumes are kept
#   RUN   for sockets and process numbers    IMAGES  where the mirror's images are kept
#   MIRROR  the mirror's configuration file in RUN; empty for none
# Runs in namespaces of its own for mounts and processes: when it ends, so does everything that it started.
set -eu
root=$1 data=$2 images=$3 run=$4 mirror=$5
shift 5

# /proc is still the machine's, so this says who this process is for the machine: its number and its time of birth.
read -r self </proc/self/stat
printf '%s\n' "$self" >"$run/process"

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
for shared in sys dev run; do
  mount --rbind "/$shared" "$root/$shared"
done
touch "$root/etc/resolv.conf"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/var/lib/docker" "$root/var/lib/docker-registry" "$root/.machine"
mount --bind "$data" "$root/var/lib/docker"
mount --bind "$images" "$root/var/lib/docker-registry"
cd "$root"
pivot_root . .machine

# The machine's own folders at their own places, so that a bind mount of a project means the same here and there.
for folder in /.machine/*; do
  place=/${folder##*/}
  case $place in
  /bin | /boot | /dev | /etc | /lib* | /lost+found | /proc | /run | /sbin | /sys | /usr | /var) continue ;;
  esac
  if [ -d "$folder" ] && [ ! -L "$folder" ]; then
    mkdir -p "$place"
    mount --rbind "$folder" "$place"
  fi
done
umount --lazy /.machine

# With control groups of version 2, a group that has processes of its own cannot limit those below it.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  controllers=$(sed 's/ / +/g; s/^/+/' /sys/fs/cgroup/cgroup.controllers)
  if ! echo "$controllers" >/sys/fs/cgroup/cgroup.subtree_control; then
    mkdir -p /sys/fs/cgroup/nestbox-engine
    xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/nestbox-engine/cgroup.procs || :
    echo "$controllers" >/sys/fs/cgroup/cgroup.subtree_control
  fi
fi

export PATH=/usr/sbin:/usr/bin:/sbin:/bin
if [ -n "$mirror" ]; then
  # Its address is that of the engine's bridge, which exists a moment after the engine started.
  (while :; do docker-registry serve "$mirror" || sleep 0.2; done) >"$run/mirror.log" 2>&1 &
fi
exec tini -- dockerd "$@"
