#!/bin/sh
# Makes a root file system like Alpine 3.9's as a tar: ./rootfs.sh OUT.tar
#
# Debian's static busybox with a link for each of its applets, Alpine's users and groups, and an adduser and addgroup
# that do what Alpine's do (Debian's busybox has none). Nothing is installed on this machine, and no privilege is
# needed. The same busybox gives the same bytes.
set -eu

out=${1:?usage: rootfs.sh OUT.tar}
case $out in /*) ;; *) out=$PWD/$out ;; esac
here=$(cd -P -- "$(dirname -- "$0")" && pwd)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1767225600}" # 2026-01-01

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' INT TERM HUP
umask 022
root=$work/root

# apt downloads as a user of its own, who may not write everywhere.
mkdir "$work/deb"
(
    cd "$work/deb"
    apt-get -qq -o APT::Sandbox::User="$(id -un)" download busybox-static || {
        echo 'rootfs.sh: apt has no package busybox-static: run "apt-get update" as root' >&2
        exit 1
    }
)
dpkg-deb -x "$work"/deb/busybox-static_*.deb "$work/deb"

for dir in bin dev etc/profile.d home lib media mnt opt proc root run sbin srv sys tmp usr/bin usr/lib usr/local/bin \
    usr/local/sbin usr/sbin usr/share var/cache var/empty var/log var/mail var/spool var/tmp; do
    mkdir -p "$root/$dir"
done
ln -s ../run "$root/var/run"
cp "$work/deb/bin/busybox" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list-full); do
    # dpkg and rpm would only pretend to work: there is no database of packages. busybox is the file itself.
    case ${applet##*/} in busybox | dpkg | dpkg-deb | rpm | rpm2cpio | linuxrc) continue ;; esac
    mkdir -p "$root/${applet%/*}"
    ln -s /bin/busybox "$root/$applet"
done

cp -R "$here/files/." "$root/"
# No password opens an account. The field before last is the day of its last change, which 0 would have expired.
sed 's/^\([^:]*\):.*/\1:!::0:::::/' "$root/etc/passwd" >"$root/etc/shadow"
find "$root" -type d -exec chmod 755 {} +
find "$root/etc" -type f -exec chmod 644 {} +
chmod 755 "$root"/usr/sbin/add* "$root/bin/busybox"
chmod 640 "$root/etc/shadow"
chmod 700 "$root/root"
chmod 1777 "$root/tmp" "$root/var/tmp"
chmod 555 "$root/proc" "$root/sys" "$root/var/empty"

tar --create --file "$work/rootfs.tar" --directory "$root" --sort=name --format=gnu \
    --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" .
mv -- "$work/rootfs.tar" "$out"
