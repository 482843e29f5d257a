package dev.jbuild.cli;

import java.io.PrintStream;
import java.util.List;

/// Rows of text in columns.
final class Table {
    private static final String GAP = "  ";

    private Table() {}

    /// @param rows all of the same number of cells
    static void print(List<List<String>> rows, PrintStream out) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(i == 0 ? "" : GAP).append(row.get(i));
                line.append(" ".repeat(widths[i] - row.get(i).length()));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
