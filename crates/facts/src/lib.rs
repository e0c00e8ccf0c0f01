//! What a scan found, as plain data.
//!
//! Four nouns: an [`Event`] is one diagnosis at one place with the message around it; a [`Dialog`]
//! is what the messages of one Call-ID add up to; [`Facts`] are all dialogs, and the exact counts
//! of many events and messages; [`Merge`] adds two parts of a whole. A
//! scan makes facts of pieces of files, on as many threads as there are, and merges them;
//! because merging is associative and commutative with [`Default`] as its identity, the pieces,
//! their order and the machines that read them do not matter. Facts are serialised with serde,
//! so that they can be kept from night to night.
//!
//! Names, percentages, ranks and cut-offs are not here: they are made in the report, at the end.
//! Facts count raw values (an exact mask, a code, a reason as it was written), so that a table
//! that lacks a row loses a label and never a count.
#![forbid(unsafe_code)]

mod around;
mod caps;
mod day;
mod dialog;
mod dialogs;
mod event;
mod facts;
mod gist;
mod logged;
mod merge;
mod name;
mod own;
mod place;
mod stamp;

pub use around::Around;
pub use caps::{MAX_KEY_LEN, MAX_SHARED_BYTES, MAX_TEXTS, OTHERS};
pub use day::{day_text, parse_day};
pub use dialog::{
    CallId, CallIdText, Candidates, Dialog, DialogDiagnoses, DialogDiagnosis, DialogId,
    DialogMedia, FinalStatus, Identities, MediaKind, MessageId, Method, Methods, Micros,
    Modalities, NameAddr, Pairs, PairsView, Parties, Party, PartyTraits, Said, Sightings, Sights,
    Signal, Tag, Times, Told, Traits, Tries, UriSays, Writer, address_name, agent_name,
    location_traits, message_id, tag_of, writer,
};
pub use dialogs::{CallIdHash, Dialogs};
pub use event::{Carrier, Event, Media, Message};
pub use facts::{
    Coverage, Facts, FailureKey, FormatCoverage, LocationPair, Pattern, QualityKey, ResponseKey,
    ServerRecordKey, SkipReason, Skipped, Tally, Trouble, TroubleKind, Who,
};
pub use gist::Gist;
pub use logged::{Everything, Logged, Selection};
pub use merge::{Distinct, Few, Groups, Merge, Smallest};
pub use name::{Name, Names};
pub use own::{OWN_OUTPUT_HEAD, is_own_output};
pub use place::Place;
pub use stamp::{Stamp, Zone};
