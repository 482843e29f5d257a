/// Pulls and pushes images over the OCI distribution API.
package dev.jbuild.registry.client;
