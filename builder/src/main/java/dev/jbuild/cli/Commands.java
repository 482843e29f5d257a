package dev.jbuild.cli;

import dev.jbuild.dockerfile.text.Suggestion;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// The commands by name. Only the one that is asked for is made.
enum Commands {
    BUILD("build an image from a Dockerfile (the default command)", BuildCommand::new),
    CHECK("look at a Dockerfile without building it", CheckCommand::new),
    IMAGES("list the images of the store", ImagesCommand::new),
    DIFF("name what differs between two images", DiffCommand::new),
    INSPECT("show an image's manifest and configuration as JSON", InspectCommand::new),
    HISTORY("show how an image came about", HistoryCommand::new),
    TAG("give an image another name", TagCommand::new),
    RMI("remove names of images", RmiCommand::new),
    IMPORT("make an image from a root file system's tar", ImportCommand::new),
    LOAD("load images from an archive", LoadCommand::new),
    SAVE("save images to an archive", SaveCommand::new),
    PULL("fetch an image from a registry", PullCommand::new),
    PUSH("send an image to a registry", PushCommand::new),
    LOGIN("keep credentials for a registry", LoginCommand::new),
    LOGOUT("forget credentials for a registry", LogoutCommand::new),
    KEY("generate a key pair for signing", KeyCommand::new),
    SIGN("sign an image in a registry", SignCommand::new),
    VERIFY("verify an image: its signatures, or by building it again", VerifyCommand::new),
    RUN("run an image", RunCommand::new),
    SERVE("serve a registry", ServeCommand::new),
    DF("show what takes how much of the store", DfCommand::new),
    FSCK("look for damage in the store, and mend it", FsckCommand::new),
    PRUNE("remove what no image needs", PruneCommand::new),
    VERSION("show the version", VersionCommand::new);

    private final String summary;
    private final Supplier<Command> maker;

    Commands(String summary, Supplier<Command> maker) {
        this.summary = summary;
        this.maker = maker;
    }

    /// As typed.
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String summary() {
        return summary;
    }

    Command make() {
        return maker.get();
    }

    static Optional<Commands> byWord(String word) {
        for (Commands command : values()) {
            if (command.word().equals(word)) {
                return Optional.of(command);
            }
        }
        return Optional.empty();
    }

    /// The command that was probably meant.
    static Optional<Commands> like(String word) {
        List<String> words = Arrays.stream(values()).map(Commands::word).toList();
        return Suggestion.nearest(word, words).flatMap(Commands::byWord);
    }
}
