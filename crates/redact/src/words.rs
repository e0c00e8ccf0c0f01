//! Words that are known not to be identifiers, and names of what holds them.

/// Words that are never looked for elsewhere because somebody is called so: those of protocols and
/// of everyday sentences. In their own place, an address or a display name, they get tokens too.
const COMMON: &[&str] = &[
    "about",
    "accept",
    "access",
    "account",
    "active",
    "address",
    "administrator",
    "admin",
    "agent",
    "allow",
    "android",
    "anonymous",
    "answer",
    "application",
    "attendant",
    "audio",
    "audiocodes",
    "available",
    "away",
    "busy",
    "bye",
    "call",
    "callee",
    "caller",
    "calls",
    "cancel",
    "chat",
    "cisco",
    "client",
    "code",
    "com",
    "conf",
    "conference",
    "conferencing",
    "connect",
    "connection",
    "contact",
    "content",
    "data",
    "default",
    "desk",
    "direct",
    "domain",
    "edge",
    "email",
    "endpoint",
    "error",
    "event",
    "example",
    "external",
    "failed",
    "failure",
    "false",
    "federation",
    "file",
    "focus",
    "from",
    "front",
    "group",
    "guest",
    "header",
    "help",
    "home",
    "host",
    "https",
    "http",
    "id",
    "im",
    "info",
    "inside",
    "internal",
    "internet",
    "intranet",
    "invalid",
    "invite",
    "ipad",
    "iphone",
    "join",
    "line",
    "local",
    "localhost",
    "lync",
    "mail",
    "main",
    "media",
    "mediation",
    "meet",
    "meeting",
    "message",
    "microsoft",
    "mobile",
    "mode",
    "monitoring",
    "name",
    "net",
    "network",
    "none",
    "notify",
    "null",
    "number",
    "office",
    "offline",
    "online",
    "options",
    "org",
    "outside",
    "outlook",
    "peer",
    "phone",
    "polycom",
    "pool",
    "port",
    "presence",
    "proxy",
    "publish",
    "reason",
    "refer",
    "register",
    "registrar",
    "relay",
    "remote",
    "replaces",
    "reply",
    "request",
    "response",
    "room",
    "route",
    "sales",
    "scan",
    "self",
    "server",
    "service",
    "session",
    "sharing",
    "sip",
    "sips",
    "skype",
    "source",
    "ssl",
    "standard",
    "start",
    "state",
    "status",
    "subject",
    "subscribe",
    "success",
    "support",
    "tcp",
    "team",
    "teams",
    "tel",
    "telephone",
    "tel-uri",
    "test",
    "text",
    "the",
    "time",
    "timer",
    "tls",
    "to",
    "trace",
    "transfer",
    "trunk",
    "true",
    "udp",
    "unavailable",
    "unknown",
    "update",
    "user",
    "users",
    "version",
    "via",
    "video",
    "voice",
    "voicemail",
    "web",
    "windows",
    "with",
    "work",
    "www",
    "xml",
    "yes",
];

/// Whether a word is too common to be looked for.
pub(crate) fn is_common(word: &str) -> bool {
    COMMON.contains(&word)
}

/// Hosts that everybody names: name spaces and documents.
pub(crate) fn is_well_known_host(host: &str) -> bool {
    [
        "www.w3.org",
        "schemas.microsoft.com",
        "schemas.xmlsoap.org",
        "technet.microsoft.com",
        "docs.microsoft.com",
        "learn.microsoft.com",
        "go.microsoft.com",
        "tools.ietf.org",
        "www.ietf.org",
        "www.rfc-editor.org",
        "localhost.localdomain",
        "anonymous.invalid",
    ]
    .iter()
    .any(|known| host.eq_ignore_ascii_case(known))
}

/// Extensions that make a name with a dot a file and no host.
pub(crate) fn is_extension(label: &str) -> bool {
    [
        "asp",
        "aspx",
        "bak",
        "bin",
        "c",
        "cab",
        "cc",
        "cfg",
        "cpp",
        "cs",
        "csv",
        "cxx",
        "dat",
        "dll",
        "dmp",
        "doc",
        "docx",
        "etl",
        "evt",
        "evtx",
        "exe",
        "gz",
        "h",
        "hpp",
        "htm",
        "html",
        "ini",
        "inl",
        "jpg",
        "js",
        "json",
        "log",
        "md",
        "msi",
        "old",
        "pcap",
        "pcapng",
        "pdb",
        "pdf",
        "png",
        "ps1",
        "reg",
        "rtf",
        "svc",
        "sys",
        "tar",
        "tmp",
        "toml",
        "tsv",
        "txt",
        "uccapilog",
        "wav",
        "wma",
        "wmv",
        "xls",
        "xlsx",
        "xml",
        "xsd",
        "zst",
    ]
    .iter()
    .any(|known| label.eq_ignore_ascii_case(known))
}

/// Values of host fields that name no host.
pub(crate) fn is_role(word: &str) -> bool {
    is_common(&word.to_ascii_lowercase())
        || word.bytes().all(|byte| byte.is_ascii_digit())
        || [
            "external-edge",
            "internal-edge",
            "tls-dsk",
            "kerberos",
            "ntlm",
        ]
        .iter()
        .any(|role| word.eq_ignore_ascii_case(role))
}

/// What the value of a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A host, with or without its domain.
    Host,
    /// The name of a person or a network, whatever it says.
    Name,
    /// A user or a number.
    User,
    Epid,
    /// `opaque` of a GRUU.
    Opaque,
    /// A key, a ticket, a response to a challenge.
    Secret,
    /// What must stay as it is.
    Nothing,
}

/// What the value of the parameter, attribute or element of this name holds; none where its shape
/// tells.
pub(crate) fn holds(name: &str) -> Option<Holds> {
    let name = name.to_ascii_lowercase();
    Some(match name.as_str() {
        "source" | "domain" | "fqdn" | "fqdn1" | "fqdn2" | "host" | "hostname" | "server"
        | "servername" | "serverfqdn" | "peerserver" | "machine" | "machinename" | "computer"
        | "computername" | "targetname" | "tls-target" | "signer" | "networkname" | "mrdnsu"
        | "maddr" | "received" | "phone-context" | "clienthost" | "certname" => Holds::Host,
        "displayname" | "display-name" | "display-text" | "fromdisplayname" | "ssid" | "title"
        | "subject" | "note" | "ms-text" => Holds::Name,
        "callednumber" | "callingnumber" | "referrer" | "username" => Holds::User,
        "epid" => Holds::Epid,
        "opaque" => Holds::Opaque,
        "response" | "crand" | "srand" | "cnonce" | "nonce" | "nextnonce" | "gssapi-data"
        | "rspauth" | "ticket" | "inline" | "ms-text-body" | "password" => Holds::Secret,
        "boundary" | "reason" => return None,
        "branch" | "tag" => Holds::Nothing,
        _ => return None,
    })
}

/// Headers whose values are words of the protocol.
pub(crate) fn is_protocol_header(name: &str) -> bool {
    [
        "accept",
        "accept-encoding",
        "accept-language",
        "allow",
        "allow-events",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-transfer-encoding",
        "content-type",
        "cseq",
        "date",
        "event",
        "expires",
        "l",
        "c",
        "max-forwards",
        "message-type",
        "mime-version",
        "min-expires",
        "min-se",
        "ms-endpoint-location-data",
        "ms-keep-alive",
        "require",
        "proxy-require",
        "retry-after",
        "rseq",
        "rack",
        "session-expires",
        "sip-etag",
        "sip-if-match",
        "subscription-state",
        "supported",
        "unsupported",
        "timestamp",
    ]
    .iter()
    .any(|known| name.eq_ignore_ascii_case(known))
}

/// Words in `opaque` values that say what follows, and nothing of anybody.
pub(crate) fn is_opaque_word(word: &str) -> bool {
    [
        "user",
        "epid",
        "app",
        "conf",
        "focus",
        "id",
        "chat",
        "audio-video",
        "applicationsharing",
        "data-conf",
        "phonebook",
        "meeting",
        "srvr",
        "homeserver",
        "mediationserver",
        "mras",
        "mediarelay",
        "voicemail",
        "rgs",
        "presence",
        "conf-info",
        "media",
        "exum",
        "acp",
        "gruu",
        "datasharing",
        "conferencing",
        "locationprofile",
        "bwpolicy",
        "quality-of-experience",
    ]
    .iter()
    .any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_lower_case() {
        assert!(COMMON.iter().all(|word| *word == word.to_ascii_lowercase()));
        assert!(is_common("audio") && is_common("the") && !is_common("contoso"));
    }
}
