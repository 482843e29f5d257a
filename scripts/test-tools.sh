#!/bin/sh
# Gets foreign tools that the tests compare with, newer than Debian 12 has them: cosign and skopeo of Debian 13, from
# the mirror that this machine uses. Nothing is installed: they are unpacked into the user's cache, once.
#
#   eval "$(scripts/test-tools.sh)"    sets JBUILD_TEST_COSIGN and JBUILD_TEST_SKOPEO to the programs
#
# What can't be had is left out, with a line on stderr; the tests that need it skip then, and say so.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/jbuild-test/trixie
cosign=$cache/root/usr/bin/cosign
skopeo=$cache/skopeo

missing() {
    printf 'test-tools: %s; tests that need cosign or skopeo 1.18 will be skipped\n' "$1" >&2
    exit 0
}

# The main mirror of this machine's Debian, whatever its release.
mirror() {
    # shellcheck disable=SC2016 # apt's variables, not the shell's
    apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
        sed -n '/-security|/d; /-updates|/d; /-backports|/d; s/^Debian|main|[a-z]*|//p' | head -n 1
}

get() {
    apt=$new/apt
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/parts" "$apt/debs" "$new/root"
    : >"$apt/status"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "$1" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<END
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferences "$apt/preferences";
Dir::Etc::preferencesparts "$apt/parts";
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "2";
APT::Sandbox::User "$(id -un)";
END
    APT_CONFIG=$apt/apt.conf
    export APT_CONFIG
    apt-get -qq update
    cd "$apt/debs"
    # skopeo wants a younger libc than Debian 12 has, so it gets all its libraries, and the loader.
    apt-get -qq download cosign skopeo libc6 libgpgme11t64 libgpg-error0 libassuan9 libsqlite3-0
    for deb in *.deb; do dpkg-deb -x "$deb" "$new/root"; done
    cat >"$new/skopeo" <<'END'
#!/bin/sh
root=$(dirname -- "$(readlink -f -- "$0")")/root
exec "$root"/usr/lib64/ld-linux-*.so.* --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" "$root/usr/bin/skopeo" "$@"
END
    chmod 755 "$new/skopeo"
    rm -rf "$apt"
    "$new/root/usr/bin/cosign" version
    "$new/skopeo" --version
}

if ! [ -x "$cosign" ] || ! [ -x "$skopeo" ]; then
    for command in apt-get dpkg-deb; do command -v "$command" >/dev/null || missing "there is no $command here"; done
    uri=$(mirror)
    [ -n "$uri" ] || missing 'apt here knows no mirror of Debian (apt-get update?)'
    mkdir -p "${cache%/*}"
    new=$(mktemp -d "$cache.XXXXXXXX")
    trap 'rm -rf -- "$new" "$log"' EXIT
    log=$(mktemp)
    set +e
    (
        set -e
        get "$uri"
    ) >"$log" 2>&1
    code=$?
    set -e
    if [ "$code" != 0 ]; then
        tail -n 5 "$log" >&2
        missing "cosign and skopeo of Debian 13 can't be had from $uri"
    fi
    rm -rf -- "$cache"
    chmod 755 "$new"
    mv -T -- "$new" "$cache"
fi
printf "JBUILD_TEST_COSIGN='%s'\nJBUILD_TEST_SKOPEO='%s'\nexport JBUILD_TEST_COSIGN JBUILD_TEST_SKOPEO\n" "$cosign" "$skopeo"
