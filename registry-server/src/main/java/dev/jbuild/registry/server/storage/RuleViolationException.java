package dev.jbuild.registry.server.storage;

/// Something that [RepositoryRules] refuse. The message is for the client's user.
public final class RuleViolationException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /// Which rule it is.
    public enum Rule {
        IMMUTABLE_TAG,
        QUOTA
    }

    private final Rule rule;

    public RuleViolationException(Rule rule, String message) {
        super(message);
        this.rule = rule;
    }

    public Rule rule() {
        return rule;
    }
}
