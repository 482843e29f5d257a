package dev.jbuild.registry.client;

import dev.jbuild.oci.ErrorDocument;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.OciJson;
import dev.jbuild.registry.client.auth.AuthenticationException;
import dev.jbuild.registry.client.auth.CredentialException;
import dev.jbuild.registry.client.network.CertificateFileException;
import dev.jbuild.registry.client.network.Certificates;
import dev.jbuild.registry.client.transport.Answer;
import dev.jbuild.registry.client.transport.Call;
import dev.jbuild.registry.client.transport.Transport;
import dev.jbuild.registry.client.transport.Urls;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.HttpUrl;

/// Sends requests, and tells what went wrong with them in terms of the registry.
final class Requests {
    private static final int MOST_ERROR_BYTES = 64 << 10;
    private static final int LONGEST_MESSAGE = 300;

    private final String registry;
    private final Transport transport;

    Requests(String registry, Transport transport) {
        this.registry = registry;
        this.transport = transport;
    }

    /// The URL of a path below `/v2/`.
    HttpUrl url(String path) throws IOException, InterruptedException {
        try {
            return transport.url(path);
        } catch (IOException e) {
            throw failure("GET", transport.nominalUrl(""), e);
        }
    }

    /// @return an answer of any status, to be closed
    Answer send(Call call) throws IOException, InterruptedException {
        try {
            return transport.send(call);
        } catch (IOException e) {
            throw failure(call.method(), call.url(), e);
        }
    }

    /// A failure of the connection, or before it, as the registry's. An exception that says enough
    /// stays itself.
    IOException failure(String method, HttpUrl url, IOException e) {
        if (e instanceof RegistryException
                || e instanceof CredentialException
                || e instanceof CertificateFileException) {
            return e;
        }
        RegistryException.Request request = new RegistryException.Request(method, Urls.redact(url));
        if (e instanceof AuthenticationException authentication) {
            return new RegistryException(
                            request,
                            authentication.isRefused() ? 401 : 0,
                            clean(authentication.getMessage()),
                            Optional.empty(),
                            authentication.isRefused() ? login() : "",
                            Optional.empty())
                    .causedBy(e);
        }
        return new RegistryException(request, problem(url, e), remedy(url, e)).causedBy(e);
    }

    /// An answer that was not the wanted one, told with the registry's own words.
    RegistryException refused(Answer answer) {
        return refused(answer, Optional.empty(), remedy(answer.status()));
    }

    /// @param subject says what is missing, in place of the registry's words
    RegistryException refused(Answer answer, Optional<String> subject, String remedy) {
        Optional<ErrorDocument> errors = errors(answer);
        String code =
                errors.flatMap(document -> document.errors().stream().findFirst())
                        .map(entry -> " " + clean(entry.code()))
                        .orElse("");
        String words = subject.orElseGet(() -> words(errors, answer.status()));
        return new RegistryException(
                request(answer),
                answer.status(),
                answer.status() + code + (words.isEmpty() ? "" : ": " + words),
                errors,
                remedy,
                answer.header("Retry-After"));
    }

    /// An answer that breaks the protocol.
    RegistryException broken(Answer answer, String problem) {
        return new RegistryException(
                request(answer), problem, "the registry, or a proxy before it, is at fault");
    }

    RegistryException.Request request(Answer answer) {
        return new RegistryException.Request(answer.method(), Urls.redact(answer.url()));
    }

    String login() {
        return "log in with 'jbuild login " + registry + "'";
    }

    /// Text from outside, fit for a message: without secrets, control characters and excess.
    String clean(@org.jspecify.annotations.Nullable String text) {
        String printable =
                transport
                        .scrub(String.valueOf(text))
                        .codePoints()
                        .map(c -> Character.isISOControl(c) ? ' ' : c)
                        .collect(
                                StringBuilder::new,
                                StringBuilder::appendCodePoint,
                                StringBuilder::append)
                        .toString()
                        .strip();
        return printable.length() <= LONGEST_MESSAGE
                ? printable
                : printable.substring(0, LONGEST_MESSAGE) + "…";
    }

    private Optional<ErrorDocument> errors(Answer answer) {
        try {
            ErrorDocument read = OciJson.readErrors(answer.beginning(MOST_ERROR_BYTES));
            return Optional.of(
                    new ErrorDocument(
                            read.errors().stream()
                                    .map(
                                            entry ->
                                                    new ErrorDocument.Entry(
                                                            entry.code(),
                                                            clean(entry.message()),
                                                            Optional.empty()))
                                    .toList()));
        } catch (InvalidJsonException e) {
            return Optional.empty(); // not in the specification's form, as proxies answer
        } catch (IOException e) {
            return Optional.empty(); // the status alone has to do
        }
    }

    private static String words(Optional<ErrorDocument> errors, int status) {
        String said =
                errors.stream()
                        .flatMap(document -> document.errors().stream())
                        .map(ErrorDocument.Entry::message)
                        .filter(message -> !message.isEmpty())
                        .collect(Collectors.joining(", "));
        if (!said.isEmpty()) {
            return said;
        }
        return switch (status) {
            case 401 -> "not logged in, or the credentials are wrong";
            case 403 -> "not allowed";
            case 404 -> "not found";
            case 405 -> "not supported by this registry";
            case 413 -> "too large for this registry";
            case 429 -> "too many requests";
            default -> "";
        };
    }

    private String remedy(int status) {
        return switch (status) {
            case 401 -> login();
            case 403 -> login() + " as a user who may do this";
            case 404 -> "check the name; if it is private, " + login();
            case 429 -> "try again later";
            case 500, 502, 503, 504 -> "look at the registry's log, and try again later";
            default -> "";
        };
    }

    private static String problem(HttpUrl url, IOException e) {
        return switch (e) {
            case ConnectException _ -> "no connection to " + url.host() + ":" + url.port();
            case UnknownHostException _ -> "the host '" + url.host() + "' is not known";
            case SocketTimeoutException _ -> "no answer in time";
            case SSLException _ when isUntrusted(e) ->
                    "the certificate of '" + url.host() + "' is not trusted";
            case SSLException _ when isPlain(e) -> "the registry does not speak TLS";
            case EOFException _ -> "the connection was closed in the middle";
            default -> "the connection failed: " + e.getMessage();
        };
    }

    private String remedy(HttpUrl url, IOException e) {
        return switch (e) {
            case ConnectException _ ->
                    "is the registry running? Start one with 'jbuild serve --root DIR --listen "
                            + url.host()
                            + ":"
                            + url.port()
                            + "', or check the name '"
                            + registry
                            + "'";
            case UnknownHostException _ -> "check the name '" + registry + "' and the network";
            case SocketTimeoutException _ -> "check the network and the registry, and try again";
            case SSLException _ when isUntrusted(e) ->
                    "put the certificate of the authority that issued it into '"
                            + Certificates.place(url.host(), url.port())
                            + "/ca.crt'";
            case SSLException _ when isPlain(e) ->
                    "allow plain HTTP for it if you trust the network in between";
            default -> "try again; if it stays so, look at the registry's log";
        };
    }

    private static boolean isUntrusted(IOException e) {
        return e instanceof SSLPeerUnverifiedException
                || e.getCause() instanceof CertificateException;
    }

    private static boolean isPlain(IOException e) {
        return String.valueOf(e.getMessage()).contains("plaintext")
                || String.valueOf(e.getMessage())
                        .contains("Unsupported or unrecognized SSL message");
    }
}
