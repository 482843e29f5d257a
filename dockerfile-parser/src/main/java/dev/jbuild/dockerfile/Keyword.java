package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The names of the 18 instructions.
enum Keyword {
    ADD,
    ARG,
    CMD,
    COPY,
    ENTRYPOINT,
    ENV,
    EXPOSE,
    FROM,
    HEALTHCHECK,
    LABEL,
    MAINTAINER,
    ONBUILD,
    RUN,
    SHELL,
    STOPSIGNAL,
    USER,
    VOLUME,
    WORKDIR;

    private static final Map<String, Keyword> BY_NAME =
            Arrays.stream(values())
                    .collect(
                            Collectors.toMap(
                                    k -> k.name().toLowerCase(Locale.ROOT), Function.identity()));

    static Optional<Keyword> of(String word) {
        return Optional.ofNullable(BY_NAME.get(GoText.lower(word)));
    }

    static List<String> names() {
        return Arrays.stream(values()).map(Keyword::name).toList();
    }
}
