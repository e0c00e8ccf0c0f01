//! What of the message around a diagnosis is counted with it.

use siptriage_diagnostics::address_of_record;

use crate::dialog::address_name;
use crate::{Message, Method, Name, NameAddr, Names, Tag, tag_of};

/// What the message around a diagnosis says of it, apart from the Call-ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// Address of record of `From`, lower case.
    pub user: Option<Name>,
    /// Method of the message's transaction, by its `CSeq`.
    pub method: Method,
    /// Status, where the message is a response.
    pub status: Option<u16>,
    /// The end that sent the message, as far as tags tell.
    pub sender: Option<Tag>,
}

impl Around {
    /// What this message says.
    pub fn of(message: &Message<'_>, names: &Names) -> Around {
        let (method, _) = Method::of_cseq(message.cseq.as_deref().unwrap_or_default());
        let start_line = message.start_line.as_deref().unwrap_or_default();
        let status = start_line.strip_prefix("SIP/2.0 ").and_then(|rest| {
            let digits = rest.trim_start().split(' ').next()?;
            digits.parse().ok()
        });
        let sender = match status {
            None => message.from.as_deref(),
            Some(_) => message.to.as_deref().filter(|to| tag_of(to).is_some()),
        };
        Around {
            user: user(message, names),
            method: method.unwrap_or(Method::Other),
            status,
            sender: sender.and_then(Tag::of),
        }
    }

    /// The same of a message whose values are read: its method and status, `From` and `To`.
    pub fn of_read(
        method: Method,
        status: Option<u16>,
        (from, to): (&NameAddr, &NameAddr),
    ) -> Around {
        Around {
            user: from.address().cloned(),
            method,
            status,
            sender: match status {
                None => from.tag,
                Some(_) => to.tag.filter(|_| to.has_tag),
            },
        }
    }
}

/// Who a message is about: the address-of-record of `From`, lower case.
pub(crate) fn user(message: &Message<'_>, names: &Names) -> Option<Name> {
    let address = address_of_record(message.from.as_deref()?)?;
    Some(address_name(address, names))
}
