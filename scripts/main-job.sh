#!/bin/sh
# The main job on a tree that is built: base images, two images from Dockerfiles, signed, pushed to the own registry,
# pulled into an empty store, verified, run. ./quickstart ends with it; MainJobIT runs it on a store of its own.
#
# Environment, all of it optional:
#   JBUILD_ROOT        the store (default: jbuild's own)
#   JBUILD_BASES       directory that keeps the tars of the base images (default: jbuild in the user's cache)
#   JBUILD_SCRATCH     directory for the registry, the empty store and the keys; they are gone at the end (/var/tmp)
#   JBUILD_LOGS        directory for a log per stage (default: target/quickstart in the tree)
#   JBUILD_WIKI_PORT   port the wiki is fetched from (default: 8080, or a free one if that is taken)
#   JBUILD_SITE_PORT   port the site is fetched from (default: 443, or a free one if that is taken)
#   STAGES_BEFORE      number of stages that the caller has told of already
set -eu

tree=$(cd -P -- "$(dirname -- "$0")/.." && pwd)
jbuild=$tree/jbuild
. "$tree/scripts/stages.sh"

stage_logs=${JBUILD_LOGS:-$tree/target/quickstart}
stage_number=${STAGES_BEFORE:-0}
stage_total=$((stage_number + 16))
bases=${JBUILD_BASES:-${XDG_CACHE_HOME:-$HOME/.cache}/jbuild/bases}
mkdir -p "$stage_logs" "$bases"

work=$(mktemp -d "${JBUILD_SCRATCH:-/var/tmp}/jbuild-quickstart.XXXXXXXX")
registry=
running=

# Ends process $1, which java has taken over from the launcher: first politely.
end() {
    kill -TERM "$1" 2>/dev/null || return 0
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.25
    done
    kill -KILL "$1" 2>/dev/null || :
}

# A user's store holds files of the user's subordinate ids, which only a user namespace may remove.
remove_work() {
    if [ "$(id -u)" = 0 ]; then
        rm -rf -- "$work"
    else
        unshare --user --map-root-user --map-auto -- rm -rf -- "$work"
    fi
}

finish() {
    code=$?
    trap - EXIT
    trap '' INT TERM HUP
    if [ "$code" -gt 128 ]; then
        printf '\ninterrupted; removing what was started\n' >&2
        sleep 1
    fi
    for pid in $running $registry; do end "$pid"; done
    # What a stage was doing when it was interrupted may take a moment to end, and write until then.
    tries=0
    until remove_work 2>/dev/null && [ ! -e "$work" ] || [ "$tries" = 20 ]; do
        tries=$((tries + 1))
        sleep 0.5
    done
    if [ -e "$work" ]; then printf 'could not remove %s\n' "$work" >&2; fi
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# --- what the stages do ---------------------------------------------------------------------------------------------

has_image() {
    "$jbuild" inspect "$1" >/dev/null 2>&1
}

# A base image from the tar that samples/$1/rootfs.sh makes.
base_image() {
    if has_image "$2"; then
        note 'in the store already'
        return
    fi
    # A week is what a security update may wait for.
    if [ -z "$(find "$bases/$1.tar" -mtime -7 -size +0 2>/dev/null)" ]; then
        "$tree/samples/$1/rootfs.sh" "$bases/$1.tar.$$"
        mv "$bases/$1.tar.$$" "$bases/$1.tar"
    fi
    "$jbuild" import "$bases/$1.tar" "$2"
}

built_image() {
    if has_image "$2"; then
        note 'in the store already'
        return
    fi
    "$jbuild" --progress plain -t "$2" "$tree/samples/$1"
}

build_site() {
    cd "$tree/samples/site"
    # Kept between runs, so that an unchanged site is not built anew; but not for longer than it is valid.
    if ! [ -s nginx.key ] || ! openssl x509 -checkend 86400 -noout -in nginx.crt; then
        (
            umask 077
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout nginx.key.new -out nginx.crt.new
        )
        mv nginx.key.new nginx.key
        mv nginx.crt.new nginx.crt
        note 'with a new key and certificate'
    fi
    "$jbuild" --progress plain -t site:v1 .
}

# Each program gets a cache of what it loads in ordinary work: the builder for a build in which nothing has changed.
record_aot() {
    if "$jbuild" --aot && "$jbuild" serve --aot; then
        note 'recorded already'
        return
    fi
    # One build that also pushes and signs, so that the caches hold what each of these needs, and the registry's what serving
    # them needs.
    JBUILD_AOT=record "$jbuild" serve --root "$work/recorded" --listen 127.0.0.1:0 >"$work/recorded.out" &
    recorded=$!
    recording=$(listening "$recorded" "$work/recorded.out")
    fetch "$recorded" "$work/registry.answer" "http://$recording/v2/"
    JBUILD_PASSWORD=recorded "$jbuild" key generate --output-key-prefix "$work/recorded-key"
    JBUILD_PASSWORD=recorded JBUILD_AOT=record "$jbuild" --progress plain -t "$recording/wiki:v1" \
        --push --sign "$work/recorded-key.key" "$tree/samples/wiki"
    "$jbuild" rmi "$recording/wiki:v1"
    kill -TERM "$recorded"
    wait "$recorded" || :
    "$jbuild" --aot
    "$jbuild" serve --aot
}

# Waits for the registry, process $1, to write where it listens into file $2; prints that as HOST:PORT.
listening() {
    tries=0
    while :; do
        at=$(sed -n 's|^.*listening on http://||p' "$2")
        if [ -n "$at" ]; then break; fi
        kill -0 "$1" 2>/dev/null || { cat "$2" >&2; echo 'the registry has ended before it listened' >&2; return 1; }
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || { echo 'the registry does not listen after 60 s' >&2; return 1; }
        sleep 0.1
    done
    printf '%s\n' "$at"
}

free_port() {
    # No tool tells a free port; one that nobody listens on now is the best that can be had.
    port=$(($(od -An -N2 -tu2 /dev/urandom) % 20000 + 30000))
    while is_taken "$port"; do port=$((port + 1)); done
    printf '%s\n' "$port"
}

# Does anybody listen on TCP port $1? (state 0A, the port in hexadecimal)
is_taken() {
    hex=$(printf '%04X' "$1")
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$hex [0-9A-F]*:[0-9A-F]* 0A "
}

# Fetches $3 with curl's options from $4 on, until it answers or process $1 ends or 30 seconds pass; writes it to $2.
fetch() {
    of=$1 to=$2 url=$3
    shift 3
    tries=0
    while ! curl --silent --show-error --fail --location --max-time 5 --noproxy '*' --output "$to" "$@" "$url"; do
        kill -0 "$of" 2>/dev/null || { echo "process $of has ended before it answered"; return 1; }
        tries=$((tries + 1))
        [ "$tries" -lt 150 ] || { echo "no answer from $url"; return 1; }
        sleep 0.2
    done
}

wait_for_registry() {
    listening "$registry" "$stage_logs/registry.out" >"$work/address"
    fetch "$registry" "$work/registry.answer" "http://$(cat "$work/address")/v2/"
    note "listens on $(cat "$work/address")"
}

generate_keys() {
    "$jbuild" key generate --output-key-prefix "$work/quickstart"
    [ -s "$work/quickstart.key" ] && [ -s "$work/quickstart.pub" ]
}

push_signed() {
    "$jbuild" push "$1" "$address/$1"
    "$jbuild" sign --key "$work/quickstart.key" "$address/$1"
    curl --silent --show-error --fail --head --noproxy '*' --output "$work/head" \
        --header 'Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' \
        "http://$address/v2/${1%:*}/manifests/${1#*:}"
    digest=$(tr -d '\r' <"$work/head" | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p')
    [ -n "$digest" ]
    printf '%s\n' "$digest" >"$work/${1%:*}.digest"
    note "$digest"
}

by_digest() {
    printf '%s/%s@%s\n' "$address" "${1%:*}" "$(cat "$work/${1%:*}.digest")"
}

pull_both() {
    JBUILD_ROOT=$work/pulled
    export JBUILD_ROOT
    for image in wiki:v1 site:v1; do
        "$jbuild" pull "$address/$image"
        "$jbuild" pull "$(by_digest "$image")"
    done
}

verify_both() {
    JBUILD_ROOT=$work/pulled
    export JBUILD_ROOT
    for image in wiki:v1 site:v1; do
        "$jbuild" verify --key "$work/quickstart.pub" "$address/$image"
        "$jbuild" verify --key "$work/quickstart.pub" "$(by_digest "$image")"
    done
    # A signature of another key must not do.
    "$jbuild" key generate --output-key-prefix "$work/stranger"
    if "$jbuild" verify --key "$work/stranger.pub" "$address/wiki:v1"; then
        echo "the signature of wiki:v1 was accepted with a key that did not make it"
        return 1
    fi
}

# start NAME IMAGE [COMMAND...]: runs the image that was pulled, in the background; its output goes to NAME.out.
start() {
    name=$1
    image=$2
    shift 2
    JBUILD_ROOT=$work/pulled "$jbuild" run "$address/$image" "$@" >"$stage_logs/$name.out" 2>&1 &
    started=$!
    running="$running $started"
}

# holds FILE TEXT
holds() {
    grep -qF -- "$2" "$1" || { echo "the page fetched does not hold '$2':"; cat "$1"; return 1; }
}

fetch_wiki() {
    fetch "$started" "$work/wiki.html" "http://127.0.0.1:$wiki_port/" || { cat "$stage_logs/wiki.out"; return 1; }
    holds "$work/wiki.html" '<h1>FrontPage</h1>'
    note "http://127.0.0.1:$wiki_port/"
}

fetch_site() {
    fetch "$started" "$work/site.html" "https://127.0.0.1:$site_port/" --cacert "$tree/samples/site/nginx.crt" ||
        { cat "$stage_logs/site.out"; return 1; }
    cmp "$work/site.html" "$tree/samples/site/index.html"
    note "https://127.0.0.1:$site_port/"
}

stop_all() {
    for pid in $running $registry; do end "$pid"; done
    for pid in $running $registry; do
        if kill -0 "$pid" 2>/dev/null; then echo "process $pid does not end"; return 1; fi
    done
}

# --- the stages -----------------------------------------------------------------------------------------------------

try_again='Mend what the log names, then run this again: finished stages are not repeated.'
network="If the log speaks of the network or the mirror: RUN uses this machine's network and /etc/resolv.conf. $try_again"

stage 'base image debian:bookworm' "$network" base_image debian debian:bookworm
stage 'base image alpine:3.9' "$network" base_image alpine alpine:3.9
stage 'build golang:1.12-alpine' "$network" built_image golang golang:1.12-alpine
stage 'build nginx:latest' "$network" built_image nginx nginx:latest
stage 'build wiki:v1' "$try_again" "$jbuild" --progress plain -t wiki:v1 "$tree/samples/wiki"
stage 'build site:v1' "$try_again" build_site
stage 'record the AOT cache' "$try_again" record_aot
stage 'build wiki:v1 again, unchanged' "$try_again" "$jbuild" --progress plain -t wiki:v1 "$tree/samples/wiki"

"$jbuild" serve --root "$work/registry" --listen 127.0.0.1:0 >"$stage_logs/registry.out" 2>&1 &
registry=$!
stage 'start the registry' "Its own output is in $stage_logs/registry.out. $try_again" wait_for_registry
address=$(cat "$work/address")

JBUILD_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export JBUILD_PASSWORD
stage 'generate a key pair' "$try_again" generate_keys
stage 'push and sign wiki:v1' "$try_again" push_signed wiki:v1
stage 'push and sign site:v1' "$try_again" push_signed site:v1
stage 'pull both into an empty store' "$try_again" pull_both
stage 'verify their signatures' "$try_again" verify_both

# The images listen on fixed ports of this machine, as they run in its network. Another port means another command.
wiki_port=${JBUILD_WIKI_PORT:-8080}
if [ -z "${JBUILD_WIKI_PORT:-}" ] && is_taken 8080; then wiki_port=$(free_port); fi
if [ "$wiki_port" = 8080 ]; then start wiki wiki:v1; else start wiki wiki:v1 /app/wiki -listen ":$wiki_port"; fi
stage 'run wiki:v1 and fetch a page' "$try_again" fetch_wiki

site_port=${JBUILD_SITE_PORT:-443}
if [ -z "${JBUILD_SITE_PORT:-}" ] && { [ "$(id -u)" != 0 ] || is_taken 443 || is_taken 80; }; then site_port=$(free_port); fi
if [ "$site_port" = 443 ]; then
    start site site:v1
else
    start site site:v1 sh -c "rm /etc/nginx/conf.d/default.conf && sed -i 's/listen 443/listen $site_port/' /etc/nginx/conf.d/ssl.conf && exec nginx -g 'daemon off;'"
fi
stage 'run site:v1 and fetch a page' "$try_again" fetch_site

stop_all
running=
registry=
