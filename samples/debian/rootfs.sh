#!/bin/sh
# Makes a root file system of Debian 12 as a tar: ./rootfs.sh OUT.tar
#
# minbase without documentation and translations, with the apt settings of the official images (nothing cached). The
# mirror is the one that this machine uses, for the image's own apt as well. The same packages give the same bytes.
set -eu

out=${1:?usage: rootfs.sh OUT.tar}
here=$(cd -P -- "$(dirname -- "$0")" && pwd)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1767225600}" # 2026-01-01: later times become this one

fail() {
    printf 'rootfs.sh: %s\n' "$@" >&2
    exit 1
}

command -v mmdebstrap >/dev/null || fail 'mmdebstrap is missing: apt-get install mmdebstrap'

# The mirrors that apt knows for Debian 12, as lines "URI suite". apt reads the suite's code name from its lists, so
# there must be some. Other archives than Debian's own are left out.
debian_mirrors() {
    # shellcheck disable=SC2016 # apt's variables, not the shell's
    apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian|main|\(bookworm[a-z-]*\)|\(.*\)$/\2 \1/p' | sort -u
}
mirrors=$(debian_mirrors)
if [ -z "$mirrors" ] && [ "$(id -u)" = 0 ]; then
    apt-get -qq update
    mirrors=$(debian_mirrors)
fi
uri_of() { printf '%s\n' "$mirrors" | sed -n "s/ $1\$//p" | head -n 1; }
main=$(uri_of bookworm)
security=$(uri_of bookworm-security)
[ -n "$main" ] || fail 'apt on this machine knows no mirror of Debian 12 (bookworm)' \
    'run "apt-get update"; if that does not help, add one to /etc/apt/sources.list.d'
[ -n "$security" ] || printf 'rootfs.sh: apt on this machine knows no bookworm-security; the image goes without\n' >&2
case $main$security in
*@*) fail "the mirror's URI holds a password, which would end up in the image: put it into /etc/apt/auth.conf.d" ;;
esac

include=
case $main$security in *https:*) include=--include=ca-certificates ;; esac

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' INT TERM HUP

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
{
    printf 'Types: deb\nURIs: %s\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: %s\n' "$main" "$keyring"
    [ -z "$security" ] ||
        printf '\nTypes: deb\nURIs: %s\nSuites: bookworm-security\nComponents: main\nSigned-By: %s\n' "$security" "$keyring"
} >"$work/debian.sources"

cp -R "$here/files" "$work/files"
chmod -R u=rwX,go=rX "$work/files"
chmod 755 "$work/files/usr/sbin/policy-rc.d"
mkdir -p "$work/files/etc/apt/sources.list.d"
cp "$work/debian.sources" "$work/files/etc/apt/sources.list.d/"

# A mirror that lags behind or is frozen needs this, in the image as on the machine.
lenient=
for setting in Check-Valid-Until Check-Date; do
    eval "$(apt-config shell value "Acquire::$setting/b")"
    if [ "${value:-true}" = false ]; then lenient="${lenient}Acquire::$setting \"false\";
"; fi
done
if [ -n "$lenient" ]; then printf '%s' "$lenient" >"$work/files/etc/apt/apt.conf.d/mirror-dates"; fi
printf '%s' "$lenient" >"$work/aptopts"

# What no image should have: logs, caches that hold times, names of this machine.
cat >"$work/finish" <<'END'
#!/bin/sh
set -eu
root=$1
files=$(dirname -- "$0")/files
rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/*
cp -R "$files/." "$root/"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb
rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/etc/.pwd.lock" "$root/var/cache/ldconfig/aux-cache" \
    "$root"/var/lib/dpkg/*-old "$root"/etc/*- "$root"/var/cache/debconf/*-old "$root/root/.gnupg"
find "$root/var/log" -type f -delete
: >"$root/etc/machine-id"
END
chmod 755 "$work/finish"

umask 022
mmdebstrap --quiet --variant=minbase --format=tar $include \
    --aptopt="$work/aptopts" \
    --dpkgopt="$here/files/etc/dpkg/dpkg.cfg.d/without-docs" \
    --customize-hook="$work/finish" \
    bookworm "$work/rootfs.tar" "$work/debian.sources" </dev/null
# Whoever starts a container gives it its devices; an ordinary user could not even unpack them.
tar --delete --wildcards -f "$work/rootfs.tar" './dev/*'
mv -- "$work/rootfs.tar" "$out"
