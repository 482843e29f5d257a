package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// https://docs.docker.com/reference/dockerfile/#run---mount.
class MountFlagTest {
    private static final Mount.Ownership UNOWNED =
            new Mount.Ownership(Optional.empty(), Optional.empty(), Optional.empty());

    private static MountFlag flag(String text) throws DockerfileException {
        return Parse.one(Instruction.Run.class, "RUN --mount=" + text + " x").mounts().getFirst();
    }

    private static Mount resolve(String text) throws Exception {
        WordExpander expander = new WordExpander('\\');
        return flag(text)
                .resolve(
                        w -> expander.expand(w, Map.of("x", "stage", "t", "cache")).text(),
                        w -> expander.expand(w, Map.of("x", "global")).text());
    }

    @Test
    void bind_is_the_default_type_and_read_only() throws Exception {
        assertEquals(
                new Mount.Bind(Optional.of("/a"), Optional.empty(), Optional.of("b"), true),
                resolve("target=/a,source=b"));
    }

    @Test
    void keys_have_other_names() throws Exception {
        Mount expected =
                new Mount.Bind(Optional.of("/a"), Optional.of("s"), Optional.of("b"), false);
        assertEquals(expected, resolve("type=bind,dst=/a,src=b,from=s,rw"));
        assertEquals(expected, resolve("TYPE=Bind,destination=/a,source=b,from=s,readwrite=true"));
        assertEquals(expected, resolve("target=/a,source=b,from=s,ro=false"));
        assertEquals(expected, resolve("target=/a,source=b,from=s,readonly=0"));
    }

    @Test
    void cache_is_shared_and_writable() throws Exception {
        assertEquals(
                new Mount.Cache(
                        Optional.of("/c"),
                        Optional.empty(),
                        Mount.Sharing.SHARED,
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        UNOWNED),
                resolve("type=cache,target=/c"));
        assertEquals(
                new Mount.Cache(
                        Optional.of("/c"),
                        Optional.of("i"),
                        Mount.Sharing.LOCKED,
                        Optional.of("f"),
                        Optional.of("s"),
                        true,
                        new Mount.Ownership(Optional.of(0755), Optional.of(1L), Optional.of(2L))),
                resolve(
                        "type=cache,target=/c,id=i,sharing=Locked,from=f,source=s,ro,mode=0755,"
                                + "uid=1,gid=2"));
    }

    @Test
    void tmpfs_has_a_size() throws Exception {
        assertEquals(
                new Mount.Tmpfs(Optional.of("/t"), 64L << 20, false),
                resolve("type=tmpfs,target=/t,size=64m"));
    }

    @Test
    void secret_is_named_after_its_target_or_the_other_way_round() throws Exception {
        assertEquals(
                new Mount.Secret(
                        "k", Optional.of("/run/secrets/k"), Optional.empty(), false, UNOWNED),
                resolve("type=secret,id=k"));
        assertEquals(
                new Mount.Secret("key", Optional.of("/x/key"), Optional.empty(), true, UNOWNED),
                resolve("type=secret,target=/x/key,required"));
        assertEquals(
                new Mount.Secret(
                        "a/b", Optional.of("/run/secrets/b"), Optional.empty(), false, UNOWNED),
                resolve("type=secret,source=a/b"));
    }

    @Test
    void secret_may_be_an_environment_variable_only() throws Exception {
        assertEquals(
                new Mount.Secret("k", Optional.empty(), Optional.of("K"), false, UNOWNED),
                resolve("type=secret,id=k,env=K"));
        assertEquals(
                new Mount.Secret("k", Optional.of("/k"), Optional.of("K"), false, UNOWNED),
                resolve("type=secret,id=k,env=K,target=/k"));
    }

    @Test
    void ssh_is_the_default_agent() throws Exception {
        assertEquals(
                new Mount.Ssh("default", Optional.empty(), false, UNOWNED), resolve("type=ssh"));
        assertEquals(
                new Mount.Ssh("i", Optional.of("/s"), true, UNOWNED),
                resolve("type=ssh,id=i,target=/s,required=true"));
    }

    @Test
    void values_are_expanded_and_from_in_the_global_scope() throws Exception {
        assertEquals(
                new Mount.Cache(
                        Optional.of("/stage"),
                        Optional.empty(),
                        Mount.Sharing.SHARED,
                        Optional.of("global"),
                        Optional.empty(),
                        false,
                        UNOWNED),
                resolve("type=$t,target=/$x,from=$x"));
        assertEquals(Optional.of("$x"), flag("from=$x").from());
    }

    @Test
    void commas_may_be_quoted() throws Exception {
        Mount.Bind bind = (Mount.Bind) resolve("'\"target=/a,b\",source=c'");
        assertEquals(Optional.of("/a,b"), bind.target());
        assertEquals(Optional.of("c"), bind.source());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "type=cahce,target=/x | unsupported mount type \"cahce\" (did you mean cache?)",
                "type=x | unsupported mount type \"x\"",
                "tagret=/x | unexpected key 'tagret' in 'tagret=/x' (did you mean target?)",
                "foo | invalid field 'foo' must be a key=value pair",
                "ro=x | invalid value for ro: x",
                "required | unexpected key 'required' for mount type 'bind'",
                "type=cache,required=true | unexpected key 'required' for mount type 'cache'",
                "type=secret,id=a,required=x | invalid value for required: x",
                "size=1 | unexpected key 'size' for mount type 'bind'",
                "type=tmpfs,size=x | invalid value for size: x",
                "type=cache,sharing=shard | unsupported sharing value \"shard\" (did you mean"
                        + " shared?)",
                "type=cache,mode=8 | invalid value 8 for mode",
                "type=cache,uid=-1 | invalid value -1 for uid",
                "type=cache,gid=4294967296 | invalid value 4294967296 for gid",
                "mode=1 | mode not allowed for \"bind\" type mounts",
                "type=tmpfs,uid=1 | uid not allowed for \"tmpfs\" type mounts",
                "gid=1 | gid not allowed for \"bind\" type mounts",
                "type=secret,id=a,from=b | secret mount should not have a from",
                "type=secret,id=a,sharing=locked | secret mount should not define sharing",
                "type=secret | invalid secret mount. one of source, target required",
                "type=secret,id=a,source=b | both source and id can't be set",
                "sharing=locked | invalid cache sharing set for bind mount",
                "type=ssh,source=a | ssh does not support source",
            })
    void wrong_mount_is_refused_when_it_is_resolved(String text, String problem) {
        WordException e = assertThrows(WordException.class, () -> resolve(text));
        assertEquals(problem, e.problem());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "RUN --mount= x | failed to parse csv mounts: EOF",
                "%RUN --mount='a\"b' x% | failed to parse csv mounts: parse error on line 1,"
                        + " column 2: bare \" in non-quoted field",
                "%RUN --mount='\"a\"b' x% | failed to parse csv mounts: parse error on line 1,"
                        + " column 3: extraneous or missing \" in quoted-field",
            })
    void what_is_no_list_of_values_is_refused_at_once(String instruction, String problem) {
        assertEquals(problem, Parse.problem(instruction));
    }
}
