package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The rules are those of `docker run --user`.
class UserLookupTest {
    private final Path rootfs;

    UserLookupTest(@TempDir Path rootfs) throws IOException {
        this.rootfs = rootfs;
        Files.createDirectory(rootfs.resolve("etc"));
        Files.writeString(
                rootfs.resolve("etc/passwd"),
                """
                root:x:0:0:root:/root:/bin/sh
                # a comment
                app:x:1000:100:App:/app:/bin/sh
                twin:x:1000:200::/twin:/bin/sh
                1234:x:50:51::/named-like-a-number:/bin/sh
                broken:x:many:1::/:/bin/sh
                """);
        Files.writeString(
                rootfs.resolve("etc/group"),
                """
                root:x:0:
                users:x:100:app
                wheel:x:10:root,app
                video:x:44:app,twin
                """);
    }

    @Test
    void name_gives_ids_home_and_supplementary_groups() throws IOException {
        assertEquals(new User(1000, 100, List.of(10, 44), "/app"), resolve("app"));
    }

    @Test
    void empty_user_is_root() throws IOException {
        assertEquals(new User(0, 0, List.of(10), "/root"), resolve(""));
    }

    @Test
    void number_is_the_first_user_with_that_uid() throws IOException {
        assertEquals(new User(1000, 100, List.of(10, 44), "/app"), resolve("1000"));
    }

    @Test
    void number_is_an_id_even_if_a_user_is_named_so() throws IOException {
        assertEquals(new User(1234, 0, List.of(), "/"), resolve("1234"));
    }

    @Test
    void number_that_is_not_in_passwd_has_group_0_and_home_at_the_root() throws IOException {
        assertEquals(new User(4711, 0, List.of(), "/"), resolve("4711"));
    }

    @Test
    void named_group_takes_the_place_of_all_others() throws IOException {
        assertEquals(new User(1000, 44, List.of(), "/app"), resolve("app:video"));
    }

    @Test
    void group_number_need_not_be_in_the_group_file() throws IOException {
        assertEquals(new User(1000, 4712, List.of(), "/app"), resolve("1000:4712"));
    }

    @Test
    void group_alone_is_root_in_that_group() throws IOException {
        assertEquals(new User(0, 100, List.of(), "/root"), resolve(":users"));
    }

    @Test
    void unknown_user_is_refused() {
        UnknownUserException e = assertThrows(UnknownUserException.class, () -> resolve("nobody"));
        assertEquals(
                "user 'nobody' is not in the image's /etc/passwd; add it there (adduser, useradd or"
                        + " groupadd in a RUN before), or give its number",
                e.getMessage());
    }

    @Test
    void unknown_group_is_refused() {
        UnknownUserException e =
                assertThrows(UnknownUserException.class, () -> resolve("app:staff"));
        assertEquals(
                "group 'staff' is not in the image's /etc/group; add it there (adduser, useradd or"
                        + " groupadd in a RUN before), or give its number",
                e.getMessage());
    }

    @Test
    void uid_above_31_bits_is_refused() {
        UnknownUserException e =
                assertThrows(UnknownUserException.class, () -> resolve("2147483648"));
        assertEquals("invalid user '2147483648': ids go from 0 to 2147483647", e.getMessage());
    }

    @Test
    void line_without_a_valid_uid_is_no_user() {
        assertThrows(UnknownUserException.class, () -> resolve("broken"));
    }

    @Test
    void image_without_passwd_has_numbers_and_root() throws IOException {
        Files.delete(rootfs.resolve("etc/passwd"));
        Files.delete(rootfs.resolve("etc/group"));
        assertEquals(new User(7, 8, List.of(), "/"), resolve("7:8"));
        assertEquals(new User(0, 0, List.of(), "/"), resolve(""));
        assertThrows(UnknownUserException.class, () -> resolve("root"));
    }

    @Test
    void absolute_link_leads_to_a_file_of_the_image_not_of_the_host() throws IOException {
        Files.createDirectory(rootfs.resolve("usr"));
        Files.move(rootfs.resolve("etc/passwd"), rootfs.resolve("usr/passwd"));
        Files.createSymbolicLink(rootfs.resolve("etc/passwd"), Path.of("/usr/passwd"));
        assertEquals(1000, resolve("app").uid());
    }

    @Test
    void link_out_of_the_image_stays_inside() throws IOException {
        Files.delete(rootfs.resolve("etc/passwd"));
        Files.createSymbolicLink(
                rootfs.resolve("etc/passwd"), Path.of("../../../../../../../etc/./passwd"));
        IOException e = assertThrows(IOException.class, () -> resolve("root"));
        assertEquals(
                "path '/etc/passwd' in the image: more than 40 symbolic links", e.getMessage());
    }

    private User resolve(String user) throws IOException {
        return UserLookup.resolve(rootfs, user);
    }
}
