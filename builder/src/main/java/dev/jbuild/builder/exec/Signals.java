package dev.jbuild.builder.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Takes over the signals that would end this JVM, until it is closed; but not QUIT, which the JVM
/// keeps to itself. For one run at a time.
///
/// `sun.misc.Signal` is the JDK's only way to do so. It is in an exported package of the module
/// `jdk.unsupported`, but the compiler warns of its use, which can't be turned off: so it is called
/// by reflection.
final class Signals implements AutoCloseable {
    private static final List<String> TAKEN = List.of("INT", "TERM", "HUP");

    /// What handled each signal before.
    private final Map<Object, Object> before = new LinkedHashMap<>();

    private Signals() {}

    static Signals none() {
        return new Signals();
    }

    /// @param handler is given the name, as `TERM`, on a thread of the JVM
    static Signals to(Consumer<String> handler) {
        Signals signals = new Signals();
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            for (String name : TAKEN) {
                Object signal = type.getConstructor(String.class).newInstance(name);
                signals.before.put(signal, handle(signal, handler(name, handler)));
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this JDK has no sun.misc.Signal as JDK 25 has it", e);
        }
        return signals;
    }

    /// Sends a signal to a process.
    static void send(String name, long pid) {
        try {
            new ProcessBuilder("kill", "-s", name, Long.toString(pid)).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            for (Map.Entry<Object, Object> entry : before.entrySet()) {
                handle(entry.getKey(), entry.getValue());
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this JDK has no sun.misc.Signal as JDK 25 has it", e);
        }
    }

    private static Object handler(String name, Consumer<String> handler)
            throws ClassNotFoundException {
        Class<?> type = Class.forName("sun.misc.SignalHandler");
        return Proxy.newProxyInstance(
                Signals.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) ->
                        switch (method.getName()) {
                            case "handle" -> {
                                handler.accept(name);
                                yield null;
                            }
                            case "equals" -> arguments != null && self == arguments[0];
                            case "hashCode" -> System.identityHashCode(self);
                            default -> "handler of signal " + name;
                        });
    }

    private static Object handle(Object signal, Object handler)
            throws ReflectiveOperationException {
        Method method =
                signal.getClass()
                        .getMethod(
                                "handle",
                                signal.getClass(),
                                Class.forName("sun.misc.SignalHandler"));
        try {
            return method.invoke(null, signal, handler);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("this JVM lets nobody handle " + signal, e);
        }
    }
}
