package dev.jbuild.builder.solve;

import dev.jbuild.builder.plan.BaseImage;
import java.io.IOException;

/// Brings the layers of a base image into the store when a step needs them.
public interface LayerFetcher {
    void fetchLayers(BaseImage image) throws IOException, InterruptedException;
}
