/// Keys, signatures and their verification.
package dev.jbuild.signing;
