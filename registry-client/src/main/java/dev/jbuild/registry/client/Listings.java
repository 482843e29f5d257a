package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.client.auth.Scope;
import dev.jbuild.registry.client.transport.Answer;
import dev.jbuild.registry.client.transport.Call;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/// Lists that come in pages, each of which names the next in its `Link`.
final class Listings {
    private static final int MOST_BYTES = 8 << 20;
    private static final int MOST_PAGES = 10_000;
    private static final int SUGGESTED = 5;
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>[^,]*;\\s*rel=\"?next\"?.*");

    private final Requests requests;

    Listings(Requests requests) {
        this.requests = requests;
    }

    List<Tag> tags(RepositoryName repository) throws IOException, InterruptedException {
        List<Tag> tags = new ArrayList<>();
        Optional<HttpUrl> page = Optional.of(requests.url(repository + "/tags/list"));
        for (int pages = 0; page.isPresent() && pages < MOST_PAGES; pages++) {
            try (Answer answer = requests.send(call(page.get(), repository))) {
                if (!answer.isSuccess()) {
                    throw requests.refused(answer);
                }
                readTags(answer, tags);
                page = next(answer);
            }
        }
        return tags;
    }

    /// Empty if the registry has no such API.
    Optional<List<Descriptor>> referrers(
            RepositoryName repository, Digest subject, Optional<MediaType> artifactType)
            throws IOException, InterruptedException {
        HttpUrl.Builder first = requests.url(repository + "/referrers/" + subject).newBuilder();
        artifactType.ifPresent(type -> first.addQueryParameter("artifactType", type.value()));
        List<Descriptor> referrers = new ArrayList<>();
        Optional<HttpUrl> page = Optional.of(first.build());
        for (int pages = 0; page.isPresent() && pages < MOST_PAGES; pages++) {
            Call call = call(page.get(), repository).with("Accept", MediaType.OCI_INDEX.value());
            try (Answer answer = requests.send(call)) {
                if (answer.status() == 404 || answer.status() == 405) {
                    return Optional.empty();
                }
                if (!answer.isSuccess()) {
                    throw requests.refused(answer);
                }
                referrers.addAll(readIndex(answer));
                page = next(answer);
            }
        }
        return Optional.of(referrers);
    }

    /// Some tags of a repository as a remedy for a wrong one, or empty if it can't be said.
    Optional<String> suggestion(RepositoryName repository) throws InterruptedException {
        List<Tag> tags = new ArrayList<>();
        try {
            HttpUrl url =
                    requests.url(repository + "/tags/list")
                            .newBuilder()
                            .addQueryParameter("n", String.valueOf(SUGGESTED + 1))
                            .build();
            try (Answer answer = requests.send(call(url, repository).once())) {
                if (!answer.isSuccess()) {
                    return Optional.empty();
                }
                readTags(answer, tags);
            }
        } catch (IOException e) {
            return Optional.empty(); // what is told is the failure that led here
        }
        if (tags.isEmpty()) {
            return Optional.of("it has no tags");
        }
        List<String> names = tags.stream().limit(SUGGESTED).map(Tag::value).toList();
        return Optional.of(
                "it has "
                        + String.join(", ", names)
                        + (tags.size() > SUGGESTED ? " and more" : ""));
    }

    private static Call call(HttpUrl url, RepositoryName repository) {
        return Call.of("GET", url, Scope.pull(repository));
    }

    private void readTags(Answer answer, List<Tag> tags) throws IOException {
        try {
            for (String name :
                    JsonMembers.parse("list of tags", answer.bytes(MOST_BYTES)).texts("tags")) {
                tags.add(new Tag(name));
            }
        } catch (InvalidJsonException | IllegalArgumentException e) {
            throw requests.broken(answer, requests.clean(e.getMessage())).causedBy(e);
        }
    }

    private List<Descriptor> readIndex(Answer answer) throws IOException {
        try {
            Manifest read =
                    OciJson.readManifest(answer.bytes(MOST_BYTES), Optional.of(MediaType.OCI_INDEX))
                            .value();
            return read instanceof ImageIndex index ? index.manifests() : List.of();
        } catch (InvalidJsonException e) {
            throw requests.broken(answer, requests.clean(e.getMessage())).causedBy(e);
        }
    }

    /// The next page, which must be the same registry's.
    private Optional<HttpUrl> next(Answer answer) throws RegistryException {
        for (String link : answer.headers("Link")) {
            Matcher matcher = NEXT.matcher(link);
            if (matcher.matches()) {
                HttpUrl url = answer.url().resolve(matcher.group(1));
                if (url == null || !url.host().equals(answer.url().host())) {
                    throw requests.broken(answer, "the next page is at another host");
                }
                return Optional.of(url);
            }
        }
        return Optional.empty();
    }
}
