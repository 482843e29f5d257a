package dev.jbuild.registry.server;

import dev.jbuild.registry.server.netty.ConnectionLimits;
import dev.jbuild.registry.server.netty.Refusal;
import dev.jbuild.registry.server.operation.Figures;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Counts refused connections, and tells of each kind once a minute at most. Safe for use by
/// several threads.
final class RefusalLog implements Consumer<Refusal> {
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Figures figures;
    private final ConnectionLimits limits;
    private final Consumer<String> notices;
    private final LongSupplier nanos;
    private final Map<Refusal.Reason, Long> told = new EnumMap<>(Refusal.Reason.class);

    RefusalLog(
            Figures figures,
            ConnectionLimits limits,
            Consumer<String> notices,
            LongSupplier nanos) {
        this.figures = figures;
        this.limits = limits;
        this.notices = notices;
        this.nanos = nanos;
    }

    @Override
    public void accept(Refusal refusal) {
        figures.connectionRefused(refusal.reason().name().toLowerCase(Locale.ROOT));
        if (isNews(refusal.reason())) {
            notices.accept(line(refusal));
        }
    }

    private synchronized boolean isNews(Refusal.Reason reason) {
        long now = nanos.getAsLong();
        Long before = told.get(reason);
        if (before != null && now - before < PAUSE_NANOS) {
            return false;
        }
        told.put(reason, now);
        return true;
    }

    private String line(Refusal refusal) {
        String client = refusal.address().getHostAddress();
        return switch (refusal.reason()) {
            case ALL ->
                    "connections are refused, such as one of '"
                            + client
                            + "': as many are open as may be (connections.most: "
                            + limits.most()
                            + ", or half of the files that this process may open)";
            case ADDRESS ->
                    "connections of '"
                            + client
                            + "' are refused: it has as many open as one address may"
                            + " (connections.per-address: "
                            + limits.perAddress()
                            + ")";
            case FLOOD ->
                    "a connection of '"
                            + client
                            + "' was ended: it sent frames without end that ask for nothing";
        };
    }
}
