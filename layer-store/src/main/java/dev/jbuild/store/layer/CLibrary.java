package dev.jbuild.store.layer;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/// A library of the system, which the user asked for; never unloaded.
@SuppressWarnings("restricted") // calling C is what this is for
record CLibrary(String name, SymbolLookup symbols) {

    /// @param file such as `libdeflate.so.0`
    /// @param option what it is for, as the user chose it
    /// @param debian the package that has it
    /// @throws UnsupportedOperationException if it is not here, says how to get it
    static CLibrary open(String file, String option, String debian) {
        try {
            return new CLibrary(file, SymbolLookup.libraryLookup(file, Arena.global()));
        } catch (IllegalArgumentException e) {
            throw new UnsupportedOperationException(
                    "compression '"
                            + option
                            + "' needs "
                            + file
                            + ", which is not here: install it (Debian: "
                            + debian
                            + "), or choose 'gzip'",
                    e);
        }
    }

    MethodHandle function(String function, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(function), descriptor);
    }

    /// A method handle declares that it may throw anything; those of C functions throw nothing.
    AssertionError failed(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return new AssertionError("calling " + name, e);
    }
}
