/// What can be said of a Dockerfile without building it: the build checks, the stages that can
/// be asked for, and what a build of one can be given.
///
/// Start reading at [BuildChecks#check]. [Rule] holds the rules as data; `StageWalk` goes
/// through the instructions as a build would, with nothing but their environments.
package dev.jbuild.dockerfile.check;
