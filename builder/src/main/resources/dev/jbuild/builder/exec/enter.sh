# Process 1 of a pid namespace, in a mount namespace of its own.
# $1: its parent; $2: crun or runc; the rest: the runtime's command.
while read -r name value; do
    case $name in PPid:) break ;; esac
done </proc/self/fd/3/self/status
[ "$value" = "$1" ] || exit 125
exec 3<&-
# No cgroup is ever made, so none can stay behind: what the runtimes find is read-only. On a machine with version 1
# that is an empty tree, without the version 2 beside it that crun refuses; runc looks for the names of its own group.
cgroups=/sys/fs/cgroup
options=nosuid,nodev,noexec
if [ -e $cgroups/cgroup.controllers ]; then
    mount --bind -o ro,$options $cgroups $cgroups || exit 125
elif [ -d $cgroups ] && [ "$2" = runc ]; then
    mount -t tmpfs -o $options,mode=755,size=1m none $cgroups || exit 125
    directories=
    while IFS=: read -r _ names path; do
        IFS=,
        for name in $names; do directories="$directories $cgroups/${name#name=}$path"; done
        unset IFS
    done </proc/self/cgroup
    mkdir -p $directories || exit 125
    mount -o remount,ro $cgroups || exit 125
elif [ -d $cgroups ]; then
    mount -t tmpfs -o ro,$options,mode=755,size=1m none $cgroups || exit 125
fi
shift 2
exec "$@"
