# Runs the Docker engine of a root: ROOT RUN MIRROR DOCKERD-ARGUMENT…
#   ROOT    a Debian with docker.io
#   RUN     a folder for sockets and process numbers
#   MIRROR  the mirror's configuration file; empty for none
# Runs in namespaces of its own for mounts and processes: when it ends, so does everything that it started.
set -eu
root=$1 run=$2 mirror=$3
shift 3

# /proc is still the machine's, so this records the process as the machine sees it: its id and start time.
read -r self </proc/self/stat
printf '%s\n' "$self" >"$run/process"

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
for shared in sys dev run; do
  mount --rbind "/$shared" "$root/$shared"
done
touch "$root/etc/resolv.conf"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/.machine"
cd "$root"
pivot_root . .machine

# The machine's folders at their own paths, so that the path of a bind mount means the same here and there.
# Programs, their libraries and settings are those of the root.
show() {
  if [ -d "/.machine$1" ] && [ ! -L "/.machine$1" ]; then
    mkdir -p "$1"
    mount --rbind "/.machine$1" "$1"
  fi
}
for folder in /.machine/*; do
  place=/${folder##*/}
  case $place in
  /bin | /boot | /dev | /etc | /lib* | /lost+found | /proc | /run | /sbin | /sys | /usr) ;;
  *) show "$place" ;;
  esac
done
# Certificates of authorities are where people mount them from.
for place in /etc/ssl /usr/local /usr/share/ca-certificates; do
  show "$place"
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
