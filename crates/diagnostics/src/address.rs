//! Addresses of From and To.

/// The address-of-record inside a `From` or `To` value: the URI without display name, angle
/// brackets, port, parameters and headers (RFC 3261, sections 10 and 20.20), or `None` where there
/// is no `sip:`, `sips:` or `tel:` URI.
pub fn address_of_record(value: &str) -> Option<&str> {
    // A display name may hold anything inside quotes, `<sip:` too; the address comes after it.
    let value = value.trim_start();
    let after_name = match value.strip_prefix('"') {
        Some(quoted) => {
            let mut escaped = false;
            let end = quoted.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(value, |end| &quoted[end + 1..])
        }
        None => value,
    };
    let uri = match after_name.find('<') {
        Some(open) => {
            let uri = &after_name[open + 1..];
            uri.find('>').map_or(uri, |close| &uri[..close])
        }
        None => after_name,
    };
    let uri = uri.trim();
    let scheme = uri.find(':').map(|colon| &uri[..colon])?;
    if !["sip", "sips", "tel"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return None;
    }
    let end = uri.find([';', '?', ' ', '\t', ',']).unwrap_or(uri.len());
    let address = &uri[..end];
    // A port says where the message went, not whose address it is.
    let host = address.rfind('@').map_or(scheme.len() + 1, |at| at + 1);
    let address = match address[host..].rfind(':').map(|colon| host + colon) {
        Some(colon)
            if !address[colon + 1..].is_empty()
                && address[colon + 1..].bytes().all(|b| b.is_ascii_digit())
                // Inside of brackets it is a part of an IPv6 address.
                && (!address[host..colon].contains(':') || address[..colon].ends_with(']')) =>
        {
            &address[..colon]
        }
        _ => address,
    };
    (address.len() > scheme.len() + 1).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_names_and_parameters() {
        for (value, want) in [
            (
                r#""Ann Example"<sip:ann@example.com>;tag=1;epid=2"#,
                Some("sip:ann@example.com"),
            ),
            (
                "<sip:ann@example.com;user=phone?a=b>",
                Some("sip:ann@example.com"),
            ),
            ("sip:ann@example.com;tag=1", Some("sip:ann@example.com")),
            (
                r#""a \" <sip:no@example.com>" <sips:ann@example.com>"#,
                Some("sips:ann@example.com"),
            ),
            (
                r#""open <sip:ann@example.com>"#,
                Some("sip:ann@example.com"),
            ),
            ("<tel:+15550100>", Some("tel:+15550100")),
            (
                "<sip:ann@example.com:5061;transport=tls>",
                Some("sip:ann@example.com"),
            ),
            (
                "<sip:ann@[2001:db8::1]:5061>",
                Some("sip:ann@[2001:db8::1]"),
            ),
            ("<sip:ann@[2001:db8::1]>", Some("sip:ann@[2001:db8::1]")),
            ("<sip:192.0.2.1:5060>", Some("sip:192.0.2.1")),
            (
                "<sip:ann:secret@example.com>",
                Some("sip:ann:secret@example.com"),
            ),
            ("<tel:5550100>", Some("tel:5550100")),
            (
                r#""Ann Example" sip:ann@example.com"#,
                Some("sip:ann@example.com"),
            ),
            // No port: there are no digits.
            ("<sip:ann@example.com:x>", Some("sip:ann@example.com:x")),
            ("<sip:ann@example.com:>", Some("sip:ann@example.com:")),
            // An empty password is no part of the host.
            ("<sip:ann:@example.com:5061>", Some("sip:ann:@example.com")),
            ("<sip:>", None),
            ("Ann", None),
            ("", None),
            ("<mailto:a@example.com>", None),
        ] {
            assert_eq!(address_of_record(value), want, "{value}");
        }
    }
}
