package dev.jbuild.overlay;

import java.io.IOException;

/// Closing on the way out of a failure.
final class Closing {
    private Closing() {}

    /// Closes; what goes wrong with that is told along with the failure.
    static void after(Exception failure, Workspace workspace) {
        try {
            workspace.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
