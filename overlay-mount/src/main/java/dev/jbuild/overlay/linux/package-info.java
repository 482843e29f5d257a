/// System calls of Linux through the C library, on names that are bytes. [Libc] makes the calls,
/// [Directory] and [OpenFile] are open file descriptors, [SyscallException] tells what failed.
package dev.jbuild.overlay.linux;
