/// Who one is to a registry: where credentials are kept ([CredentialSource]), and what a registry
/// asks for ([Challenge], [Scope]). Speaks no HTTP.
package dev.jbuild.registry.client.auth;
