package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.DockerfileParser;
import dev.jbuild.dockerfile.Reading;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.WordException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Checks a Dockerfile without building it.
public final class BuildChecks {
    private BuildChecks() {}

    public static CheckReport check(Source source, CheckRequest request) {
        return check(DockerfileParser.read(source), request);
    }

    /// Checks what has been read already.
    public static CheckReport check(Reading reading, CheckRequest request) {
        CheckSettings settings;
        try {
            settings = settings(reading, request);
        } catch (WordException e) {
            DockerfileException error = misplacedSettings(reading, e);
            return new CheckReport(List.of(), Optional.of(error), false, List.of());
        }
        FindingCollector findings = new FindingCollector(settings);
        ReadingChecks.run(reading, findings);
        Optional<DockerfileException> error = reading.error();
        if (reading.dockerfile().isPresent()) {
            Dockerfile file = reading.dockerfile().get();
            StageNameChecks.run(file, findings);
            try {
                dryRun(file, request, findings);
            } catch (DockerfileException e) {
                error = Optional.of(e);
            }
        }
        return new CheckReport(findings.findings(), error, settings.failing(), findings.notes());
    }

    private static CheckSettings settings(Reading reading, CheckRequest request)
            throws WordException {
        if (request.settings().isPresent()) {
            return request.settings().get();
        }
        if (reading.directives().check().isEmpty()) {
            return CheckSettings.DEFAULT;
        }
        return CheckSettings.parse(reading.directives().check().get().value());
    }

    private static DockerfileException misplacedSettings(Reading reading, WordException e) {
        int line = reading.directives().check().orElseThrow().line();
        WordException problem =
                new WordException(
                        "failed to parse check options: " + e.problem(),
                        e.remedy(),
                        e.part().orElse(""));
        return problem.in(reading.source(), new SourceRange(line, line));
    }

    /// Goes through the stages as a build would.
    ///
    /// @return the stages gone through, in order
    static Collection<StageState> dryRun(
            Dockerfile file, CheckRequest request, FindingCollector findings)
            throws DockerfileException {
        GlobalScope scope;
        try {
            Map<String, String> predefined = GlobalScope.predefined(file, request);
            BaseNameChecks.run(file, predefined, findings);
            scope = GlobalScope.of(file, predefined, request.buildArgs());
        } catch (GlobalScope.ArgException e) {
            throw file.at(e.instruction(), e.problem());
        } catch (WordException e) {
            throw file.error(Optional.empty(), e);
        }
        StageGraph graph = new StageGraph(file, request, scope, findings);
        List<StageState> states = graph.build();
        Collection<StageState> walked = states;
        if (request.target().isPresent() || !request.everyStage()) {
            int target = file.targetOrLast(request.target()).index();
            var reachable = StageGraph.reachable(List.of(states.get(target)));
            walked = states.stream().filter(reachable::contains).toList();
        }
        new StageWalk(file, request, scope, findings, graph).walk(walked);
        return walked;
    }
}
