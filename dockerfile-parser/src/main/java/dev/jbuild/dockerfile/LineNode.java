package dev.jbuild.dockerfile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One instruction as the reference's parser sees it: its name as written, its flags, and its
/// arguments split in the way of that instruction, but not yet understood.
///
/// @param json whether the arguments were a JSON array
/// @param child the instruction after ONBUILD
/// @param line the whole logical line
record LineNode(
        String keyword,
        List<String> flags,
        List<String> arguments,
        boolean json,
        @Nullable LineNode child,
        String line) {

    /// Whether heredocs may follow: after ADD, COPY and RUN, also behind ONBUILD, unless in
    /// JSON form.
    boolean takesHeredocs() {
        boolean onbuild = keyword.equalsIgnoreCase("onbuild");
        LineNode node = onbuild && child != null ? child : this;
        return switch (Keyword.of(node.keyword).orElse(null)) {
            case ADD, COPY, RUN -> !node.json;
            case null, default -> false;
        };
    }
}
