//! Names of the headers that carry a diagnosis.

use std::fmt;

/// A header that carries a diagnosis (MS-OCER 2.2.1.2; source keys OCER, UCMA).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeaderName {
    /// `ms-client-diagnostics`: what a client found.
    MsClientDiagnostics,
    /// `ms-diagnostics`: what a server found; stays inside the enterprise unless allowed out.
    /// `ms-server-diagnostics`, which no published source describes, is read as its alias.
    MsDiagnostics,
    /// `ms-diagnostics-public`: the same without `source`, for peers outside the enterprise.
    MsDiagnosticsPublic,
}

impl HeaderName {
    /// All of them, in the order of reports.
    pub const ALL: [HeaderName; 3] = [
        HeaderName::MsClientDiagnostics,
        HeaderName::MsDiagnostics,
        HeaderName::MsDiagnosticsPublic,
    ];

    /// The name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            HeaderName::MsClientDiagnostics => "ms-client-diagnostics",
            HeaderName::MsDiagnostics => "ms-diagnostics",
            HeaderName::MsDiagnosticsPublic => "ms-diagnostics-public",
        }
    }

    /// The header of this name, in whatever case it is written.
    pub fn from_name(name: &[u8]) -> Option<HeaderName> {
        if name.eq_ignore_ascii_case(b"ms-server-diagnostics") {
            return Some(HeaderName::MsDiagnostics);
        }
        HeaderName::ALL
            .into_iter()
            .find(|h| name.eq_ignore_ascii_case(h.name().as_bytes()))
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_by_their_names_in_any_case() {
        for header in HeaderName::ALL {
            let name = header.to_string();
            assert_eq!(name, header.name());
            assert_eq!(HeaderName::from_name(name.as_bytes()), Some(header));
            let capitals = name.to_ascii_uppercase();
            assert_eq!(HeaderName::from_name(capitals.as_bytes()), Some(header));
        }
        let alias = HeaderName::from_name(b"ms-Server-Diagnostics");
        assert_eq!(alias, Some(HeaderName::MsDiagnostics));
        assert_eq!(HeaderName::from_name(b"ms-diagnostics-other"), None);
    }
}
