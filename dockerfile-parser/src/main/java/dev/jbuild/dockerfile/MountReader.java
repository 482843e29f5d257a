package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.GoValues;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.List;
import java.util.Optional;

/// Reads the fields of one `--mount`, left to right: what a key may be depends on the type
/// before it.
final class MountReader {
    private static final List<String> TYPES = List.of("bind", "cache", "tmpfs", "secret", "ssh");
    private static final List<String> SHARINGS = List.of("shared", "private", "locked");
    private static final List<String> KEYS =
            List.of(
                    "type",
                    "from",
                    "source",
                    "target",
                    "readonly",
                    "id",
                    "sharing",
                    "required",
                    "size",
                    "mode",
                    "uid",
                    "gid",
                    "src",
                    "dst",
                    "destination",
                    "ro",
                    "rw",
                    "readwrite",
                    "env");

    private final MountFlag.Expander values;
    private final MountFlag.Expander fromValues;
    private String type = "bind";
    private String from = "";
    private String source = "";
    private String target = "";
    private String id = "";
    private String sharing = "";
    private Optional<String> env = Optional.empty();
    private Optional<Boolean> readOnly = Optional.empty();
    private boolean required;
    private long size;
    private Optional<Integer> mode = Optional.empty();
    private Optional<Long> uid = Optional.empty();
    private Optional<Long> gid = Optional.empty();

    MountReader(MountFlag.Expander values, MountFlag.Expander fromValues) {
        this.values = values;
        this.fromValues = fromValues;
    }

    Mount read(List<String> fields) throws WordException {
        for (String field : fields) {
            int equals = field.indexOf('=');
            if (equals < 0) {
                bare(field, GoText.lower(field));
            } else {
                String key = GoText.lower(field.substring(0, equals));
                MountFlag.Expander expander = key.equals("from") ? fromValues : values;
                keyed(field, key, expander.expand(field.substring(equals + 1)));
            }
        }
        check();
        return mount();
    }

    private void bare(String field, String key) throws WordException {
        switch (key) {
            case "readonly", "ro" -> readOnly = Optional.of(true);
            case "readwrite", "rw" -> readOnly = Optional.of(false);
            case "required" -> required = onlyFor(key, true, "secret", "ssh");
            default ->
                    throw new WordException(
                            "invalid field '" + field + "' must be a key=value pair",
                            "write " + field + "=VALUE",
                            field);
        }
    }

    private void keyed(String field, String key, String value) throws WordException {
        switch (key) {
            case "type" -> type = oneOf("unsupported mount type ", value, TYPES);
            case "from" -> from = value;
            case "source", "src" -> source = value;
            case "target", "dst", "destination" -> target = value;
            case "readonly", "ro" -> readOnly = Optional.of(bool(key, value));
            case "readwrite", "rw" -> readOnly = Optional.of(!bool(key, value));
            case "required" -> {
                onlyFor(key, true, "secret", "ssh");
                required = bool(key, value);
            }
            case "size" -> {
                onlyFor(key, true, "tmpfs");
                size = GoValues.bytes(value).orElseThrow(() -> invalid(key, value));
            }
            case "id" -> id = value;
            case "sharing" -> sharing = oneOf("unsupported sharing value ", value, SHARINGS);
            case "mode" -> mode = Optional.of(number(key, value, 8).intValue());
            case "uid" -> uid = Optional.of(number(key, value, 10));
            case "gid" -> gid = Optional.of(number(key, value, 10));
            case "env" -> env = Optional.of(value);
            default ->
                    throw new WordException(
                            "unexpected key '"
                                    + key
                                    + "' in '"
                                    + field
                                    + "'"
                                    + Suggestion.suffix(Suggestion.nearest(key, KEYS)),
                            "the keys are " + String.join(", ", KEYS),
                            field);
        }
    }

    private boolean onlyFor(String key, boolean value, String... types) throws WordException {
        if (!List.of(types).contains(type)) {
            throw new WordException(
                    "unexpected key '" + key + "' for mount type '" + type + "'",
                    "only " + String.join(" and ", types) + " mounts have it; write the type first",
                    key);
        }
        return value;
    }

    private static String oneOf(String problem, String value, List<String> options)
            throws WordException {
        String lower = GoText.lower(value);
        if (!options.contains(lower)) {
            throw new WordException(
                    problem
                            + GoText.quote(value)
                            + Suggestion.suffix(Suggestion.nearest(value, options)),
                    "write one of " + String.join(", ", options),
                    value);
        }
        return lower;
    }

    private static boolean bool(String key, String value) throws WordException {
        return GoValues.bool(value).orElseThrow(() -> invalid(key, value));
    }

    private static WordException invalid(String key, String value) {
        String expected = key.equals("size") ? "a size such as 64m" : "true or false";
        return new WordException(
                "invalid value for " + key + ": " + value, "write " + expected, key);
    }

    private static Long number(String key, String value, int radix) throws WordException {
        return GoValues.unsigned(value, radix)
                .orElseThrow(
                        () ->
                                new WordException(
                                        "invalid value " + value + " for " + key,
                                        radix == 8
                                                ? "write octal digits, such as 0400"
                                                : "write decimal digits",
                                        key));
    }

    private void check() throws WordException {
        boolean owned = type.equals("secret") || type.equals("ssh") || type.equals("cache");
        notAllowed("mode", mode.isPresent() && !owned);
        notAllowed("uid", uid.isPresent() && !owned);
        notAllowed("gid", gid.isPresent() && !owned);
        if (type.equals("secret")) {
            refuse(!from.isEmpty(), "secret mount should not have a from", "remove from=");
            refuse(!sharing.isEmpty(), "secret mount should not define sharing", "remove sharing=");
            refuse(
                    source.isEmpty() && target.isEmpty() && id.isEmpty(),
                    "invalid secret mount. one of source, target required",
                    "write id=NAME");
            refuse(
                    !source.isEmpty() && !id.isEmpty(),
                    "both source and id can't be set",
                    "remove source=");
        }
        refuse(
                type.equals("ssh") && !source.isEmpty(),
                "ssh does not support source",
                "name the agent with id=");
        refuse(
                !sharing.isEmpty() && !type.equals("cache"),
                "invalid cache sharing set for " + type + " mount",
                "only cache mounts are shared; write type=cache");
    }

    private void notAllowed(String key, boolean written) throws WordException {
        refuse(
                written,
                key + " not allowed for " + GoText.quote(type) + " type mounts",
                "only secret, ssh and cache mounts have it");
    }

    private static void refuse(boolean condition, String problem, String remedy)
            throws WordException {
        if (condition) {
            throw new WordException(problem, remedy, "--mount");
        }
    }

    private Mount mount() {
        Mount.Ownership ownership = new Mount.Ownership(mode, uid, gid);
        return switch (type) {
            case "cache" ->
                    new Mount.Cache(
                            text(target),
                            text(id),
                            sharing.isEmpty()
                                    ? Mount.Sharing.SHARED
                                    : Mount.Sharing.valueOf(GoText.upper(sharing)),
                            text(from),
                            text(source),
                            readOnly.orElse(false),
                            ownership);
            case "tmpfs" -> new Mount.Tmpfs(text(target), size, readOnly.orElse(false));
            case "secret" -> secret(ownership);
            case "ssh" ->
                    new Mount.Ssh(id.isEmpty() ? "default" : id, text(target), required, ownership);
            default ->
                    new Mount.Bind(text(target), text(from), text(source), readOnly.orElse(true));
        };
    }

    private Mount secret(Mount.Ownership ownership) {
        String name = id.isEmpty() ? source : id;
        if (name.isEmpty()) {
            name = baseName(target);
        }
        Optional<String> file =
                !target.isEmpty()
                        ? Optional.of(target)
                        : env.isPresent()
                                ? Optional.empty()
                                : Optional.of("/run/secrets/" + baseName(name));
        return new Mount.Secret(name, file, env, required, ownership);
    }

    /// Go's `path.Base`.
    private static String baseName(String path) {
        int end = path.length();
        while (end > 1 && path.charAt(end - 1) == '/') {
            end--;
        }
        String trimmed = path.substring(0, end);
        return trimmed.equals("/") ? "/" : trimmed.substring(trimmed.lastIndexOf('/') + 1);
    }

    private static Optional<String> text(String s) {
        return s.isEmpty() ? Optional.empty() : Optional.of(s);
    }
}
