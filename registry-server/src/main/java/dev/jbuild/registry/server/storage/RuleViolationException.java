package dev.jbuild.registry.server.storage;

/// Something that [RepositoryRules] refuse, or that would leave a repository with a manifest that
/// lacks something. The message is for the client's user.
public final class RuleViolationException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /// Which rule it is.
    public enum Rule {
        IMMUTABLE_TAG,
        INCOMPLETE,
        QUOTA,
        TOO_MANY_UPLOADS
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
