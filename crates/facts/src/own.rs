//! Telling siptriage's own outputs from traces.

/// How much of a file [`is_own_output`] needs to see, in bytes.
pub const OWN_OUTPUT_HEAD: usize = 4096;

/// How zip archives begin.
const ZIP: &[u8] = b"PK\x03\x04";

/// Whether a file that begins so was written by siptriage: reports are kept beside traces, and
/// must not be read as such the next night. `head` is its first [`OWN_OUTPUT_HEAD`] bytes.
///
/// A test of the program writes every output and holds it against this.
pub fn is_own_output(head: &[u8]) -> bool {
    let holds = |head: &[u8], mark: &[u8]| head.windows(mark.len()).any(|part| part == mark);
    let head = &head[..head.len().min(OWN_OUTPUT_HEAD)];
    // Table, Markdown, JSON and HTML begin with the title.
    holds(&head[..head.len().min(256)], b"siptriage report")
        // A workbook says it in its second part, which is not packed, and an archive of tables in
        // the name of its first member.
        || (head.starts_with(ZIP) && holds(head, b">siptriage report<"))
        || (head.starts_with(ZIP) && head.get(30..).is_some_and(|name| name.starts_with(b"siptriage-tables/")))
        // CSV has no place for a title: the names of its first columns.
        || head.starts_with(b"section,files,bytes,")
        || head.starts_with(b"file,line,offset,trace_format,")
        || (head.starts_with(b"{\"file\":") && holds(head, b",\"trace_format\":"))
}
