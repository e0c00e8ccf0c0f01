//! `siptriage decode`: masks in, their bits out.

use std::io::{self, IsTerminal};

use siptriage_diagnostics::{IceWarn, MalformedMask};
use siptriage_report::{decode, visible};

use crate::args::DecodeArgs;
use crate::commands::{Pages, piped_text};
use crate::exit::{Exit, Stop};
use crate::stderr;

/// Decodes every mask that is one, and says which are not.
pub(crate) fn run(args: &DecodeArgs) -> Result<Exit, Stop> {
    let typed = typed_masks(args)?;
    let mut masks: Vec<(String, IceWarn)> = Vec::new();
    let mut malformed = Vec::new();
    for text in typed {
        match parse(&text, args.decimal) {
            Ok(mask) => masks.push((text, mask)),
            Err(MalformedMask) => malformed.push(text),
        }
    }
    if !masks.is_empty() {
        Pages::open(&args.output)?.write(&decode(&masks))?;
    }
    for text in &malformed {
        let mask_is = if args.decimal {
            "a decimal mask is a whole number of 32 bits, such as 800"
        } else {
            "a mask is one to eight hexadecimal digits, such as 0x320; decimal numbers need \
             --decimal"
        };
        stderr::line(format_args!("`{}`: not a mask; {mask_is}", visible(text)));
    }
    Ok(if malformed.is_empty() {
        Exit::Done
    } else {
        Exit::Usage
    })
}

/// The masks of the command line, else of standard input.
fn typed_masks(args: &DecodeArgs) -> Result<Vec<String>, Stop> {
    let from_stdin = args.masks.is_empty() || args.masks == ["-"];
    let text = match from_stdin {
        true if args.masks.is_empty() && io::stdin().is_terminal() => String::new(),
        true => String::from_utf8_lossy(&piped_text()?).into_owned(),
        false => args.masks.join(" "),
    };
    let text = text.trim_start_matches('\u{feff}');
    let masks = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    let masks: Vec<String> = masks
        .filter(|mask| !mask.is_empty())
        .map(str::to_owned)
        .collect();
    if masks.is_empty() {
        return Err(Stop::Usage(
            "no mask; name one, as in `siptriage decode 0x320`, or pipe some in".to_owned(),
        ));
    }
    Ok(masks)
}

/// A mask as people have it: alone, or copied with its name from a trace (`ICEWarn=0x320`).
pub(crate) fn parse(text: &str, decimal: bool) -> Result<IceWarn, MalformedMask> {
    let mask = match text.split_once('=') {
        Some((name, mask)) if name.trim().eq_ignore_ascii_case("ICEWarn") => mask,
        _ => text,
    };
    let mask = mask.trim_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace());
    if decimal {
        IceWarn::parse_decimal(mask.as_bytes())
    } else {
        IceWarn::parse(mask.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_read_as_people_have_them() {
        for (text, decimal, want) in [
            ("0x320", false, Some(0x320)),
            ("320", false, Some(0x320)),
            ("ICEWarn=0x320", false, Some(0x320)),
            ("icewarn=4000320", false, Some(0x400_0320)),
            ("\"0xFFFFFFFF\"", false, Some(0xffff_ffff)),
            ("800", true, Some(0x320)),
            ("-1", true, Some(0xffff_ffff)),
            ("0x320", true, None),
            ("0x1234567890", false, None),
            ("ICEWarnEx=0x1", false, None),
            ("", false, None),
            ("relay", false, None),
        ] {
            let got = parse(text, decimal).ok().map(IceWarn::bits);
            assert_eq!(got, want, "{text} {decimal}");
        }
    }
}
