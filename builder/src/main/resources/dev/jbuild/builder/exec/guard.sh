# $1: the process that this one must not outlive; $2: enter.sh; the rest: the runtime's command.
# It is the child of a thread of $1, with a parent-death signal. If $1 died before that was set, it has no effect.
[ "$PPID" = "$1" ] || exit 125
enter=$2
shift 2
# For the child to see in the processes of this namespace whether its parent lives.
exec 3</proc
exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc -- /bin/sh -c "$enter" sh "$$" "$@"
