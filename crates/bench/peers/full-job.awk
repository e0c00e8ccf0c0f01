# What siptriage does with the text of a server, as far as a short script can: the opponent that
# somebody without siptriage would write. Run as `mawk -f full-job.awk FILE`.
#
# It counts messages by method and status, diagnoses by header and code with the users they are
# of, exact ICE warning masks, and distinct calls by Call-ID. What is quoted in bodies and in
# other entries is not counted, as long as lines of the trace are whole.
#
# It does not: read any other format, encoding or line end; pass over bodies by their length, so
# that a body that quotes an end marker ends there; read wrapped, escaped or abbreviated headers,
# error reports or quality reports; know copies of messages; make calls with outcomes, verdicts,
# times and parties; name or weigh anything; tell where something stood.
BEGIN { RS = "\r\n" }

# A record with a message begins.
index($0, "$$begin_record") && index($0, "TF_PROTOCOL") {
    inside = 1; method = ""; user = ""; kept = 0
    next
}

!inside { next }

substr($0, 1, 12) == "Start-Line: " {
    if (substr($2, 1, 4) == "SIP/") { status = $3 } else { status = "" }
    next
}

# Where the body begins, the headers are over; what they said counts for the user of From.
substr($0, 1, 14) == "Message-Body: " {
    messages[method " " status]++
    for (i = 1; i <= kept; i++) { diagnosis(header[i], value[i]) }
    inside = 0
    next
}

{
    colon = index($0, ": ")
    if (!colon) { next }
    name = tolower(substr($0, 1, colon - 1))
    if (name == "cseq") { method = $3 }
    else if (name == "call-id") { calls[substr($0, colon + 2)] = 1 }
    else if (name == "from") {
        user = $0
        sub(/^[^<]*<sip:/, "", user)
        sub(/>.*$/, "", user)
        user = tolower(user)
    }
    else if (name == "ms-client-diagnostics" || name == "ms-diagnostics" || \
             name == "ms-diagnostics-public") {
        kept++
        header[kept] = name
        value[kept] = substr($0, colon + 2)
    }
}

function diagnosis(name, text,    code, rest, mask) {
    code = text + 0
    diagnoses[name " " code]++
    if (!((code, user) in seen)) { seen[code, user] = 1; users[code]++ }
    rest = text
    while (match(rest, /ICEWarn=0x[0-9A-Fa-f]+/)) {
        mask = tolower(substr(rest, RSTART + 8, RLENGTH - 8))
        masks[mask]++
        rest = substr(rest, RSTART + RLENGTH)
    }
}

END {
    for (key in messages) { total += messages[key]; print "message", key, messages[key] }
    for (key in diagnoses) { print "diagnosis", key, diagnoses[key] }
    for (key in users) { print "users", key, users[key] }
    for (key in masks) { print "mask", key, masks[key] }
    for (key in calls) { distinct++ }
    print "total messages", total + 0
    print "total dialogs", distinct + 0
}
