/// What a build tells while it runs. [BuildEvent] is the only thing that goes up; who listens
/// decides how to show it.
package dev.jbuild.builder.event;
