//! Damage to texts, the same on every run.

use std::ops::Range;

/// Words that readers look for, and what breaks them.
pub const WORDS: [&[u8]; 44] = [
    b"$$begin_record\r\n",
    b"$$end_record\r\n",
    b"Message-Body: -\r\n",
    b"Message-Body: ",
    b"Start-Line: SIP/2.0 488 Not Acceptable Here\r\n",
    b"SIP/2.0 504 x\r\n",
    b"INVITE sip:zoe@example.com SIP/2.0\r\n",
    b"ms-diagnostics: 1003;reason=\"x\"\r\n",
    b"ms-client-diagnostics: 24;CallerMediaDebug=\"audio:ICEWarn=0x320,LocalSite=192.0.2.1\"",
    b"Ms-Diagnostics-Public:",
    b"ICEWarn=0x",
    b"ICEWarn=FFFFFFFFF",
    b"4294967295",
    b"4294967296",
    b"18446744073709551616",
    b"Content-Length: 12\r\n",
    b"Content-Length: 999999999999999999999\r\n",
    b"l: -1\r\n",
    b"Content-Type: application/sdp\r\n",
    b"v=0\r\no=- 0 0 IN IP4 192.0.2.1\r\n",
    b"a=candidate:1 1 UDP 1 192.0.2.1 5 typ relay\r\n",
    b"From: <sip:zoe@example.com>;tag=9\r\n",
    b"Call-ID: a\r\n",
    b"CSeq: 4294967296 INVITE\r\n",
    b"TL_INFO(TF_PROTOCOL) [0]1.2::03/02/2026-08:00:00.000.1 (x)",
    b"TL_WARN(TF_DIAG) [0]1.2::02/30/2024-25:61:61.000.1 (x)$$begin_record\r\n",
    b"03/02/2026|09:00:00.000 1:2 INFO  :: ",
    b"End of Data Received -192.0.2.1:5 (x) 1 bytes\r\n",
    b"MESSAGE START <<<<<<<<<< SIP(0x5) - 2026-03-14T09:26:53.589793Z\n",
    b"MESSAGE END <<<<<<<<<< SIP(0x5) - 2026-03-14T09:26:53.589793Z\n",
    b"<133>Mar  1 10:11:12 host app[1]: #012",
    b"#015#012",
    b"\\r\\n",
    b"0D  0A ",
    b"<VQReportEvent><MediaLine Label=\"main-audio\"><IceWarningFlags>800</IceWarningFlags>",
    b"<error callId=\"a\"><diagHeader>1;reason=\"x\"</diagHeader></error>",
    b"\r\n\r\n",
    b"\n \t",
    b"\"",
    "\u{201D}\u{2033}".as_bytes(),
    b"\x1b[2J\x07\x00",
    "\u{202E}\u{200B}\u{FEFF}".as_bytes(),
    b"=cmd|' /C calc'!A1",
    b"\xff\xfe\x00\xd8",
];

/// Makes damaged texts of whole ones: cut, flipped, spliced, doubled, with words put in.
#[derive(Debug)]
pub struct Mutator {
    state: u64,
    texts: Vec<Vec<u8>>,
}

impl Mutator {
    /// A mutator of these texts. The same seed and texts give the same damage.
    ///
    /// # Panics
    /// If there is no text, or an empty one.
    pub fn new(seed: u64, texts: Vec<Vec<u8>>) -> Mutator {
        assert!(!texts.is_empty() && texts.iter().all(|text| !text.is_empty()));
        Mutator { state: seed, texts }
    }

    /// A number below `bound`; 0 if that is 0. Numbers look random (splitmix64).
    pub fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 1) as usize % bound.max(1)
    }

    /// A part of `text`, of at most `most` bytes, that begins at a line.
    fn part(&mut self, len: usize, most: usize) -> Range<usize> {
        let start = self.below(len);
        start..len.min(start + 1 + self.below(most))
    }

    /// The next damaged text, of some kilobytes at most.
    pub fn next_text(&mut self) -> Vec<u8> {
        let which = self.below(self.texts.len());
        let len = self.texts[which].len();
        let mut part = self.part(len, 6000);
        // Most begin where a line does.
        if self.below(4) > 0 {
            let before = &self.texts[which][..part.start];
            part.start = before
                .iter()
                .rposition(|b| *b == b'\n')
                .map_or(0, |at| at + 1);
            part.end = part.end.min(part.start + 6000);
        }
        let mut text = self.texts[which][part].to_vec();
        for _ in 0..self.below(8) {
            self.damage(&mut text);
        }
        text
    }

    fn damage(&mut self, text: &mut Vec<u8>) {
        let at = self.below(text.len() + 1);
        match self.below(9) {
            0 => text.truncate(at),
            1 => drop(text.drain(..at)),
            2 => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            3 => {
                if let Some(byte) = text.get_mut(at) {
                    *byte = self.below(256) as u8;
                }
            }
            4 => {
                // Something of another trace.
                let other = self.below(self.texts.len());
                let part = self.part(self.texts[other].len(), 2000);
                let piece = self.texts[other][part].to_vec();
                text.splice(at..at, piece);
            }
            5 => {
                // Twice, or very often.
                let part = at..text.len().min(at + self.below(300));
                let piece = text[part].repeat(1 + self.below(6));
                text.splice(at..at, piece);
            }
            6 => {
                let part = at..text.len().min(at + self.below(300));
                text.drain(part);
            }
            7 => {
                // A word at the front of a line.
                let word = WORDS[self.below(WORDS.len())];
                let before = text[..at].iter().rposition(|b| *b == b'\n');
                let at = before.map_or(0, |at| at + 1);
                text.splice(at..at, word.iter().copied());
            }
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                text.splice(at..at, word.iter().copied());
            }
        }
    }
}
