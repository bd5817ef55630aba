package dev.fenliu.app;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * POSIX signals, as far as Java gets them. Java has no public way to hear HUP, or a second TERM; the one of the module
 * jdk.unsupported is reached by reflection, since the compiler refuses its name.
 */
final class Signals {
    private Signals() {}

    /** Calls {@code action}, which must be quick, at every signal of that name; does nothing where there is none. */
    static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object listener = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                            return null;
                        }
                        return method.getName().equals("hashCode")
                                ? 0
                                : method.getName().equals("equals") ? false : name;
                    });
            Object wanted = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, wanted, listener);
        } catch (InvocationTargetException e) {
            // this system has no such signal, or keeps it for itself
        } catch (ReflectiveOperationException e) {
            // this Java has no signals
        }
    }
}
