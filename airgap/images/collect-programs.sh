# Copies programs, with the libraries that they load, into a root that a small image is made of: ROOT PROGRAM…
# Busybox gives it a shell and the usual commands; the names of users come from this system.
set -eu
root=$1
shift
mkdir -p "$root/bin" "$root/etc" "$root/root" "$root/run" "$root/tmp" "$root/usr/local/bin" "$root/var"
chmod 1777 "$root/tmp"

copy() {
  mkdir -p "$root$(dirname "$1")"
  [ -e "$root$1" ] || cp -L "$1" "$root$1"
}

# Debian's /bin, /lib and so on are links into /usr; the programs' own paths to their loader go through them.
for link in lib lib64 sbin; do
  if [ -L "/$link" ]; then
    mkdir -p "$root/usr/$link"
    ln -sf "usr/$link" "$root/$link"
  fi
done

for program in "$@"; do
  path=$(command -v "$program")
  copy "$path"
  ldd "$path" | grep -o '/[^ ]*' | while read -r library; do copy "$library"; done
done

cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $(busybox --list); do
  [ -e "$root/usr/bin/$applet" ] || [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
cp -L /etc/os-release "$root/etc/os-release"
grep -E '^(root|nobody|redis|valkey|docker-registry):' /etc/passwd >"$root/etc/passwd"
grep -E '^(root|nogroup|redis|valkey|docker-registry):' /etc/group >"$root/etc/group"
sed -i 's#/bin/bash$#/bin/sh#' "$root/etc/passwd"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
mkdir -p "$root/etc/ssl/certs"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
