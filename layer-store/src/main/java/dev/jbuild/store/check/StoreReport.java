package dev.jbuild.store.check;

import java.util.List;

/// What a check has found.
///
/// @param blobs how many were read
/// @param bytes of them
/// @param images how many names and descriptors `index.json` has
public record StoreReport(List<Damage> damages, int blobs, long bytes, int images) {
    public StoreReport {
        damages = List.copyOf(damages);
    }

    public boolean isSound() {
        return damages.isEmpty();
    }
}
