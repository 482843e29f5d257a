/// From a Dockerfile to an image: plan, solve, assemble. Start with `ImageBuilder`.
package dev.jbuild.builder;
