/// The Dockerfile language of BuildKit's frontend 1.26, from bytes to typed instructions.
///
/// In: [DockerfileParser] reads a [Source] to a [Dockerfile] of [Stage]s of [Instruction]s;
/// [WordExpander] replaces variables when it is time to; [MountFlag], [ExposedPort] and
/// [CopySource] hold what can only be understood after that; [DockerIgnore] says which files a
/// context has. What is wrong is told by [DockerfileException], or by [WordException] where the
/// place isn't known yet.
///
/// Not in: what any of it means for an image. Start reading at [DockerfileParser#parse]:
/// `LogicalLines` joins lines, `LineParser` splits them, `InstructionReader` understands them.
package dev.jbuild.dockerfile;
