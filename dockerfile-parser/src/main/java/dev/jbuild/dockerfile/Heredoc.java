package dev.jbuild.dockerfile;

/// A document that follows an instruction, as in `COPY <<EOF /file`.
///
/// @param name the word that ends it, without quotes; for COPY and ADD also the name of the
///     file
/// @param content the lines as they stand in the file, with their line ends
/// @param expand whether variables are replaced in it (COPY and ADD only): yes unless the word
///     was quoted
/// @param chomp whether leading tabs are removed (`<<-`)
/// @param fileDescriptor the number before `<<`, 0 if there is none
public record Heredoc(
        String name, String content, boolean expand, boolean chomp, int fileDescriptor) {

    /// The content, without the leading tabs of its lines if [#chomp] says so.
    public String text() {
        if (!chomp) {
            return content;
        }
        StringBuilder out = new StringBuilder(content.length());
        boolean lineStart = true;
        for (int i = 0; i < content.length(); i++) {
            char c = content.charAt(i);
            if (!lineStart || c != '\t') {
                out.append(c);
                lineStart = c == '\n';
            }
        }
        return out.toString();
    }
}
