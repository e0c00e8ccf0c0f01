//! The form of a store, and how older forms become it.
//!
//! What stands in views is for everybody and stays; `docs/store.md` tells of their columns. Tables
//! are ours.

/// Marks a file as a store: `SIPT` as a number.
pub(crate) const APPLICATION: i64 = 0x5349_5054;

/// What can be asked of: views whose columns stay.
pub const VIEWS: [&str; 7] = [
    "calls",
    "diagnostics",
    "days",
    "findings_by_day",
    "runs",
    "files",
    "skipped_files",
];

/// Each brings a store one form further; a new store takes them all. A form that was published is
/// never changed, only followed by another.
pub(crate) const FORMS: [&str; 1] = ["
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    begun TEXT NOT NULL,
    program TEXT NOT NULL,
    files INTEGER NOT NULL,
    files_known INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    calls_new INTEGER NOT NULL,
    calls_changed INTEGER NOT NULL,
    interrupted INTEGER NOT NULL
) STRICT;
CREATE TABLE skipped (
    run INTEGER NOT NULL REFERENCES run(id),
    reason TEXT NOT NULL,
    file TEXT NOT NULL,
    detail TEXT NOT NULL,
    failed INTEGER NOT NULL
) STRICT;
CREATE INDEX skipped_run ON skipped(run);
CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    taken INTEGER NOT NULL,
    line INTEGER NOT NULL,
    read INTEGER NOT NULL,
    head_len INTEGER NOT NULL,
    head BLOB NOT NULL,
    samples BLOB NOT NULL,
    is_archive INTEGER NOT NULL,
    first_run INTEGER NOT NULL REFERENCES run(id),
    last_run INTEGER NOT NULL REFERENCES run(id)
) STRICT;
CREATE INDEX file_head ON file(head_len, head);
CREATE TABLE dialog (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL UNIQUE,
    day INTEGER,
    content BLOB NOT NULL
) STRICT;
CREATE INDEX dialog_day ON dialog(day);
CREATE TABLE call (
    call_id TEXT PRIMARY KEY,
    day INTEGER,
    start TEXT,
    end TEXT,
    verdict TEXT NOT NULL,
    outcome TEXT NOT NULL,
    rule TEXT NOT NULL,
    cause TEXT NOT NULL,
    caller TEXT,
    callee TEXT,
    media TEXT NOT NULL,
    final_status INTEGER,
    set_up_ms INTEGER,
    duration_ms INTEGER,
    ended_by TEXT,
    caller_location TEXT NOT NULL,
    callee_location TEXT NOT NULL,
    caller_agent TEXT,
    callee_agent TEXT,
    conference INTEGER NOT NULL,
    codes TEXT NOT NULL,
    masks TEXT NOT NULL,
    messages INTEGER NOT NULL,
    files TEXT NOT NULL,
    first_run INTEGER NOT NULL REFERENCES run(id),
    last_run INTEGER NOT NULL REFERENCES run(id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_day ON call(day, verdict, rule);
CREATE TABLE diagnosis (
    call_id TEXT NOT NULL,
    code INTEGER,
    sub_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    carrier TEXT NOT NULL,
    header TEXT,
    method TEXT NOT NULL,
    status INTEGER,
    media TEXT NOT NULL,
    mask INTEGER,
    mask_ex INTEGER,
    first TEXT,
    file TEXT,
    line INTEGER
) STRICT;
CREATE INDEX diagnosis_call ON diagnosis(call_id);
CREATE INDEX diagnosis_code ON diagnosis(code);

CREATE VIEW calls AS
SELECT call_id, date(day * 86400, 'unixepoch') AS day, start, end, verdict, outcome, rule, cause,
    caller, callee, media, final_status, set_up_ms, duration_ms, ended_by, caller_location,
    callee_location, caller_agent, callee_agent, conference, codes, masks, messages, files,
    first_run, last_run
FROM call;
CREATE VIEW diagnostics AS
SELECT d.call_id, date(c.day * 86400, 'unixepoch') AS day, c.caller, c.callee, c.verdict,
    d.code, d.sub_code, d.reason, d.source, d.carrier, d.header, d.method, d.status, d.media,
    d.mask, d.mask_ex, d.first, d.file, d.line
FROM diagnosis d LEFT JOIN call c ON c.call_id = d.call_id;
CREATE VIEW findings_by_day AS
SELECT date(day * 86400, 'unixepoch') AS day, verdict, rule, min(cause) AS cause,
    count(*) AS calls, count(DISTINCT caller) AS users
FROM call GROUP BY call.day, verdict, rule;
CREATE VIEW days AS
SELECT date(day * 86400, 'unixepoch') AS day, count(*) AS calls,
    sum(verdict = 'failed') AS failed, sum(verdict = 'degraded') AS degraded,
    sum(verdict = 'benign') AS benign, sum(verdict = 'unknown') AS unknown,
    count(DISTINCT caller) AS users,
    count(DISTINCT CASE WHEN verdict = 'failed' THEN caller END) AS users_hit
FROM call GROUP BY call.day;
CREATE VIEW runs AS
SELECT id AS run, begun, program, files, files_known, bytes, messages, calls_new, calls_changed,
    interrupted FROM run;
CREATE VIEW files AS
SELECT name, read, is_archive, first_run, last_run FROM file;
CREATE VIEW skipped_files AS
SELECT run, reason, file, detail, failed FROM skipped;
"];
