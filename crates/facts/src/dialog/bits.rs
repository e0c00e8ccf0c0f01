//! What was seen, as sets of bits.

use serde::{Deserialize, Serialize};

use crate::Merge;

macro_rules! bits {
    ($(#[$doc:meta])* $name:ident: $int:ty { $($(#[$bit_doc:meta])* $bit:ident = $value:expr;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($int);

        impl $name {
            $($(#[$bit_doc])* pub const $bit: $name = $name($value);)*

            /// Whether all of `other` is in it.
            pub fn has(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any of `other` is in it.
            pub fn has_any(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }

            /// Whether nothing is in it.
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Adds `other`.
            pub fn add(&mut self, other: $name) {
                self.0 |= other.0;
            }

            /// All that is in either.
            #[must_use]
            pub const fn and(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }
        }

        impl Merge for $name {
            fn merge(&mut self, other: Self) {
                self.add(other);
            }
        }
    };
}

bits! {
    /// What was seen of a dialog.
    Traits: u16 {
        /// An INVITE that begins the dialog: no tag in `To` (RFC 3261, section 12).
        INVITED = 1;
        /// An INVITE inside of the dialog.
        REINVITED = 1 << 1;
        /// 180, or a 183.
        RANG = 1 << 2;
        /// A 2xx to an INVITE.
        ANSWERED = 1 << 3;
        /// An ACK.
        ACKED = 1 << 4;
        /// A CANCEL.
        CANCELLED = 1 << 5;
        /// A BYE.
        ENDED = 1 << 6;
        /// A 401 or 407 that asks for credentials.
        CHALLENGED = 1 << 7;
        /// A 3xx to an INVITE.
        REDIRECTED = 1 << 8;
        /// A quality report names this call.
        REPORTED = 1 << 9;
        /// A request URI or address of a conference.
        CONFERENCE = 1 << 10;
        /// The address of a conference's focus, which carries no media of its own.
        FOCUS = 1 << 11;
        /// A session description.
        DESCRIBED = 1 << 12;
    }
}

bits! {
    /// What a session carries.
    Modalities: u8 {
        /// `m=audio`.
        AUDIO = 1;
        /// `m=video`.
        VIDEO = 1 << 1;
        /// `m=applicationsharing`.
        SHARING = 1 << 2;
        /// `m=data`: file transfer.
        FILE_TRANSFER = 1 << 3;
        /// `m=message`: instant messages.
        IM = 1 << 4;
        /// Any other medium.
        OTHER = 1 << 5;
    }
}

impl Modalities {
    /// All single ones with their words, in the order of reports.
    pub const ALL: [(Modalities, &'static str); 6] = [
        (Modalities::AUDIO, "audio"),
        (Modalities::VIDEO, "video"),
        (Modalities::SHARING, "application-sharing"),
        (Modalities::FILE_TRANSFER, "file-transfer"),
        (Modalities::IM, "im"),
        (Modalities::OTHER, "other"),
    ];

    /// What a medium of a session description (RFC 8866, section 5.14), the label of a media
    /// section, or the kind in the address of a conference is (`data-conf` is shared content, no
    /// file).
    pub fn of_medium(medium: &str) -> Modalities {
        // As nearly all write it.
        match medium {
            "audio" => return Modalities::AUDIO,
            "video" => return Modalities::VIDEO,
            "applicationsharing" | "application-sharing" => return Modalities::SHARING,
            "message" => return Modalities::IM,
            _ => {}
        }
        let medium = medium.trim().to_ascii_lowercase();
        let is = |word: &str| medium.contains(word);
        if is("sharing") {
            Modalities::SHARING
        } else if is("audio") {
            Modalities::AUDIO
        } else if is("video") {
            Modalities::VIDEO
        } else if (is("data") || is("file")) && !is("conf") {
            Modalities::FILE_TRANSFER
        } else if is("message") || medium == "im" || medium == "chat" {
            Modalities::IM
        } else if medium.is_empty() {
            Modalities::default()
        } else {
            Modalities::OTHER
        }
    }

    /// The words of all that are in it.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let all = Modalities::ALL.into_iter();
        all.filter(move |(one, _)| self.has(*one))
            .map(|(_, word)| word)
    }
}

bits! {
    /// Candidates that one end offered (RFC 8445, section 5.1.1), by transport.
    Candidates: u8 {
        /// Of its own interfaces, UDP.
        HOST_UDP = 1;
        /// Seen by a server or by the peer, UDP.
        REFLEXIVE_UDP = 1 << 1;
        /// Of a relay, UDP.
        RELAY_UDP = 1 << 2;
        /// Of no stated type, UDP: drafts before RFC 5245 have none.
        UNTYPED_UDP = 1 << 3;
        /// Of its own interfaces, TCP.
        HOST_TCP = 1 << 4;
        /// Seen by a server or by the peer, TCP.
        REFLEXIVE_TCP = 1 << 5;
        /// Of a relay, TCP.
        RELAY_TCP = 1 << 6;
        /// Of no stated type, TCP.
        UNTYPED_TCP = 1 << 7;
    }
}

impl Candidates {
    /// All single ones with their words, in the order of reports.
    pub const ALL: [(Candidates, &'static str); 8] = [
        (Candidates::HOST_UDP, "host/udp"),
        (Candidates::REFLEXIVE_UDP, "reflexive/udp"),
        (Candidates::RELAY_UDP, "relay/udp"),
        (Candidates::UNTYPED_UDP, "untyped/udp"),
        (Candidates::HOST_TCP, "host/tcp"),
        (Candidates::REFLEXIVE_TCP, "reflexive/tcp"),
        (Candidates::RELAY_TCP, "relay/tcp"),
        (Candidates::UNTYPED_TCP, "untyped/tcp"),
    ];

    /// Relay candidates of either transport.
    pub const RELAY: Candidates = Candidates::RELAY_UDP.and(Candidates::RELAY_TCP);

    /// The words of all that are in it.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let all = Candidates::ALL.into_iter();
        all.filter(move |(one, _)| self.has(*one))
            .map(|(_, word)| word)
    }
}

bits! {
    /// What was seen of one end of a dialog.
    PartyTraits: u8 {
        /// It sent the INVITE that begins the dialog.
        INVITED = 1;
        /// It sent a BYE.
        ENDED = 1 << 1;
        /// It is the `To` of a 2xx to an INVITE.
        ANSWERED = 1 << 2;
        /// It says that its media are inside (`ms-media-location-type=Intranet`).
        INTRANET = 1 << 3;
        /// It says that its media are outside (`ms-media-location-type=Internet`).
        INTERNET = 1 << 4;
        /// It sent a request without a tag in `To`: one that begins a dialog, or the CANCEL of
        /// one (RFC 3261, section 9.1). The other end never sends one in the same dialog.
        ASKED = 1 << 5;
        /// It is the `From` of an INVITE, of an ACK, or of a response to an INVITE: of one that
        /// begins the dialog or, later, of any.
        OFFERED = 1 << 6;
        /// It is the `To` of a response to an INVITE that came from who was called: no server on
        /// the way that wants credentials, reports progress or sends it elsewhere.
        REACHED = 1 << 7;
    }
}
