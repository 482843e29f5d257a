package dev.jbuild.registry.server.yaml;

/// Something in a file is not as it has to be. The message begins with file and line.
public final class YamlException extends Exception {
    private static final long serialVersionUID = 1L;

    public YamlException(String file, int line, String problem) {
        super(file + ":" + line + ": " + problem);
    }
}
