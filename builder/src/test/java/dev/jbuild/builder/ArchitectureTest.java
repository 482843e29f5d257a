package dev.jbuild.builder;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The rules of docs/architecture.md that no compiler checks, over the classes of all modules.
class ArchitectureTest {
    private static final List<String> MODULES =
            List.of(
                    "layer-store",
                    "overlay-mount",
                    "dockerfile-parser",
                    "registry-client",
                    "registry-server",
                    "signing",
                    "builder");
    private static final DescribedPredicate<JavaClass> COMMAND_LINE =
            resideInAPackage("dev.jbuild.cli..")
                    .or(resideInAPackage("dev.jbuild.registry.server").and(simpleName("Main")))
                    .as("the command lines");
    private static JavaClasses all;

    @BeforeAll
    static void read_the_classes_of_all_modules() {
        List<Path> directories =
                MODULES.stream().map(module -> Path.of("..", module, "target", "classes")).toList();
        for (Path directory : directories) {
            assertTrue(Files.isDirectory(directory), directory + " is not built");
        }
        all = new ClassFileImporter().importPaths(directories);
    }

    @Test
    void packages_are_free_of_cycles() {
        slices().matching("dev.jbuild.(**)").should().beFreeOfCycles().check(all);
    }

    @Test
    void oci_values_depend_on_the_platform_and_the_json_stream_alone() {
        classes()
                .that()
                .resideInAPackage("dev.jbuild.oci")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(
                                "dev.jbuild.oci",
                                "java..",
                                "org.jspecify..",
                                "com.fasterxml.jackson.core.."))
                .check(all);
    }

    @Test
    void nothing_depends_on_the_command_line() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.jbuild.cli")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.jbuild.cli")
                .check(all);
    }

    @Test
    void only_the_command_line_prints() {
        noClasses()
                .that(DescribedPredicate.not(COMMAND_LINE))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(all);
    }

    @Test
    void only_the_command_line_exits_and_reads_the_environment() {
        noClasses()
                .that(DescribedPredicate.not(COMMAND_LINE))
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .orShould()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .check(all);
    }

    @Test
    void nobody_logs_through_java_util_logging() {
        noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging").check(all);
    }
}
