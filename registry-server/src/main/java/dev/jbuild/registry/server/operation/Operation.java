package dev.jbuild.registry.server.operation;

/// How the server shows itself to what is around it.
///
/// @param pathPrefix below which a reverse proxy has it, such as `/registry`, or empty
/// @param readOnly whether it starts with refusing changes
public record Operation(String pathPrefix, boolean readOnly) {
    public static final Operation DEFAULT = new Operation("", false);
}
