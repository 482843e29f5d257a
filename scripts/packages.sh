# What this machine lacks, and how to get it from Debian. To be sourced.
# shellcheck shell=sh

# Administrators' programs are not in everyone's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
missing=

# need PACKAGE WHY COMMAND...: notes that the package is missing, unless one of the commands is there.
need() {
    package=$1
    why=$2
    shift 2
    for command; do
        if command -v "$command" >/dev/null; then return; fi
    done
    missing="$missing $package"
    printf '        needs %s: %s\n' "$package" "$why"
}

# Installs what need noted; without root, says how to.
install_missing() {
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null; then
        printf 'missing:%s\nthis machine has no apt-get: install them with its own package manager\n' "$missing" >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ]; then
        printf 'missing:%s\nask root for: apt-get install%s\n' "$missing" "$missing" >&2
        return 1
    fi
    printf '        apt-get install%s\n' "$missing"
    apt_log=$(mktemp)
    # shellcheck disable=SC2086 # a list of words
    if apt-get -q update >"$apt_log" 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing >>"$apt_log" 2>&1; then
        rm -f "$apt_log"
        missing=
        return 0
    fi
    tail -n 15 "$apt_log" | sed 's/^/    /' >&2
    rm -f "$apt_log"
    printf 'apt-get failed; mend its sources (/etc/apt/sources.list.d) or the network, then try again\n' >&2
    return 1
}
