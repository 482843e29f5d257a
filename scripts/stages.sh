# Stages with a line each: [ 3/14] build wiki:v1 ........... 2.31 s
#
# To be sourced. Needs $stage_logs (a directory) and $stage_total; $stage_number counts on from what the caller set.
# shellcheck shell=sh

: "${stage_number:=0}"

now_ms() {
    now=$(date +%s%N)
    echo $((now / 1000000))
}

seconds() {
    printf '%d.%02d s' $(($1 / 1000)) $(($1 % 1000 / 10))
}

# stage TEXT HINT COMMAND...: runs the command (a function may be one) in a subshell with errexit, its output going
# into a log. The last line of the file $stage_logs/note, if the command writes one, follows the time. When the
# command fails: says which stage, the end of its log and HINT, and exits.
stage() {
    stage_text=$1
    stage_hint=$2
    shift 2
    stage_number=$((stage_number + 1))
    stage_log=$stage_logs/$(printf '%02d' "$stage_number")-$(printf '%s' "$stage_text" | tr -cs 'A-Za-z0-9.\n' '-').log
    rm -f "$stage_logs/note"
    printf '[%2d/%2d] %s ' "$stage_number" "$stage_total" "$stage_text"
    dots=$((46 - ${#stage_text}))
    while [ "$dots" -gt 0 ]; do
        printf .
        dots=$((dots - 1))
    done
    stage_began=$(now_ms)
    set +e
    (
        set -e
        "$@"
    ) >"$stage_log" 2>&1
    stage_code=$?
    set -e
    stage_time=$(seconds $(($(now_ms) - stage_began)))
    if [ "$stage_code" != 0 ]; then
        printf ' FAILED after %s\n' "$stage_time"
        {
            printf '\n%s failed with exit code %s. The end of its log (%s):\n\n' "$stage_text" "$stage_code" "$stage_log"
            tail -n 15 "$stage_log" | sed 's/^/    /'
            printf '\n%s\n' "$stage_hint"
        } >&2
        exit 1
    fi
    printf ' %10s' "$stage_time"
    if [ -s "$stage_logs/note" ]; then printf '  %s' "$(tail -n 1 "$stage_logs/note")"; fi
    printf '\n'
}

# Puts a word about the outcome behind the time of this stage.
note() {
    printf '%s\n' "$1" >"$stage_logs/note"
}
