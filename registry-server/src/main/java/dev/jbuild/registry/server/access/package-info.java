/// Who may do what: passwords, keys, tokens, the policy per repository, limits and the record of
/// what was done. Knows HTTP only as requests and responses, and nothing of what is stored.
package dev.jbuild.registry.server.access;
