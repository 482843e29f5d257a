package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Mounting;
import java.io.IOException;

/// The options of an overlay mount, which must fit in a page.
///
/// - `userxattr`: its marks are `user.overlay.*`, as any user may set and read them, and the same
///   for root. It implies that nothing is redirected and no file has its content in another layer.
/// - `index=off`: otherwise a layer directory belongs to one mount.
/// - `volatile`: fsync does nothing and unmounting doesn't wait for the disk. What is lost with the
///   power is made again (see [SnapshotDirectory]).
///
/// Layers are given below a file descriptor's short path, in which no character needs an escape.
final class OverlayOptions {
    /// The names of more layers than this don't fit, however short they are.
    static final int MOST_LAYERS = Mounting.OPTIONS_LIMIT / "/proc/self/fd/3/x:".length();

    private final String lower;
    private final int layers;

    /// @param links the directory with the short names
    /// @param names from the top down
    OverlayOptions(String links, Iterable<String> names) {
        StringBuilder text = new StringBuilder();
        int count = 0;
        for (String name : names) {
            text.append(count == 0 ? "" : ":").append(links).append('/').append(name);
            count++;
        }
        this.lower = text.toString();
        this.layers = count;
    }

    String readOnly() throws IOException {
        return checked("lowerdir=" + lower + ",userxattr,index=off");
    }

    String writable(String upper, String work) throws IOException {
        return checked(
                "lowerdir="
                        + lower
                        + ",upperdir="
                        + upper
                        + ",workdir="
                        + work
                        + ",userxattr,index=off,volatile");
    }

    private String checked(String options) throws IOException {
        if (options.length() > Mounting.OPTIONS_LIMIT) {
            throw new IOException(
                    "an image of "
                            + layers
                            + " layers can't be mounted: their names take "
                            + options.length()
                            + " bytes of mount options, the kernel reads "
                            + Mounting.OPTIONS_LIMIT
                            + "; put several RUN or COPY instructions into one");
        }
        return options;
    }
}
