package dev.jbuild.cli;

import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.dockerfile.check.Finding;
import dev.jbuild.dockerfile.check.Outline;
import dev.jbuild.dockerfile.check.Target;
import dev.jbuild.oci.Json;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Function;

/// For programs: the documents of `docker build --check --format=json` and its kin, with the file
/// and the level in addition. They are described in docs/checks.md.
record CheckJson(Source source, PrintStream out) implements CheckPrinter {

    @Override
    public void report(CheckReport report) {
        print(
                Json.object()
                        .put("warnings", array(report.findings(), this::finding))
                        .put("sources", sources())
                        .putIf("buildError", report.error().map(this::error)));
    }

    private Json finding(Finding finding) {
        return Json.object()
                .put("ruleName", finding.rule().ruleName())
                .put("description", finding.rule().description())
                .put("url", finding.rule().url())
                .put("detail", finding.detail())
                .put("level", finding.rule().level())
                .put("file", source.name())
                .put("location", location(finding.range()))
                .build();
    }

    private Json error(DockerfileException error) {
        return Json.object()
                .put("message", error.problem())
                .put("remedy", error.remedy())
                .put("file", source.name())
                .putIf("location", error.range().map(CheckJson::location))
                .build();
    }

    @Override
    public void outline(Outline outline) {
        print(
                Json.object()
                        .putText("name", outline.name().orElse(null))
                        .putText("description", outline.description().orElse(null))
                        .put("args", array(outline.arguments(), CheckJson::argument))
                        .put("secrets", array(outline.secrets(), CheckJson::need))
                        .put("ssh", array(outline.sshAgents(), CheckJson::need))
                        .put("cache", array(outline.caches(), CheckJson::cache))
                        .put("sources", sources()));
    }

    private static Json argument(Outline.Argument argument) {
        return Json.object()
                .put("name", argument.name())
                .putText("description", argument.description().orElse(null))
                .putText("value", argument.value().orElse(null))
                .put("location", location(argument.range()))
                .build();
    }

    private static Json need(Outline.Need need) {
        return Json.object()
                .put("name", need.name())
                .put("required", need.required())
                .put("location", location(need.range()))
                .build();
    }

    private static Json cache(Outline.Need cache) {
        return Json.object()
                .put("id", cache.name())
                .put("location", location(cache.range()))
                .build();
    }

    @Override
    public void targets(List<Target> targets) {
        print(
                Json.object()
                        .put("targets", array(targets, CheckJson::target))
                        .put("sources", sources()));
    }

    private static Json target(Target target) {
        return Json.object()
                .putText("name", target.name().orElse(null))
                .putText("description", target.description().orElse(null))
                .put("default", target.isDefault())
                .put("base", target.base())
                .putText("platform", target.platform().orElse(null))
                .put("location", location(target.range()))
                .build();
    }

    private Json sources() {
        return new Json.Arr(
                List.of(
                        Json.object()
                                .put("filename", source.name())
                                .put("language", "Dockerfile")
                                .build()));
    }

    private static Json location(SourceRange range) {
        return Json.object()
                .put(
                        "ranges",
                        new Json.Arr(
                                List.of(
                                        Json.object()
                                                .put("start", line(range.firstLine()))
                                                .put("end", line(range.lastLine()))
                                                .build())))
                .build();
    }

    private static Json line(int number) {
        return Json.object().put("line", number).build();
    }

    private static <T> Json array(List<T> values, Function<T, Json> toJson) {
        return new Json.Arr(values.stream().map(toJson).toList());
    }

    private void print(Json.ObjectWriter document) {
        byte[] bytes = document.build().encodePretty();
        out.write(bytes, 0, bytes.length);
        out.println();
    }
}
