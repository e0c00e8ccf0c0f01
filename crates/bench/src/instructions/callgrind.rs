//! Reading what callgrind writes.

use std::collections::HashMap;

/// Instructions by what they belong to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Of the program itself, with everything that is linked into it.
    pub(crate) own: u64,
    /// Of shared libraries and the loader. The C library chooses how to copy memory by the
    /// processor, so that these differ from machine to machine.
    pub(crate) libraries: u64,
}

/// Adds up a file of callgrind's format (its manual, "Callgrind Format Specification"):
/// instructions of functions whose object file is named `program`, and of all others.
///
/// Lines of cost begin with a position, a number or `+N`, `-N` or `*`, and belong to the object
/// file that `ob=` named last, and to itself if none did. The line behind `calls=` is what the
/// called function took, which its own lines have too.
pub(crate) fn counts(text: &str, program: &str) -> Counts {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut counts = Counts::default();
    let mut is_own = true;
    let mut is_of_call = false;
    for line in text.lines() {
        if let Some(object) = line
            .strip_prefix("ob=")
            .or_else(|| line.strip_prefix("cob="))
        {
            // `(1) /bin/siptriage` gives a name a number, `(1)` repeats it.
            let name = match object.split_once(' ') {
                Some((number, name)) => {
                    names.insert(number, name);
                    name
                }
                None => names.get(object).copied().unwrap_or(object),
            };
            if line.starts_with("ob=") {
                is_own = name.rsplit('/').next() == Some(program);
            }
        } else if line.starts_with("calls=") {
            is_of_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            if is_of_call {
                is_of_call = false;
                continue;
            }
            let cost = line.split_ascii_whitespace().nth(1);
            let cost = cost.and_then(|cost| cost.parse::<u64>().ok()).unwrap_or(0);
            if is_own {
                counts.own += cost;
            } else {
                counts.libraries += cost;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_count_once_and_where_they_were_executed() {
        let text = "# callgrind format\nversion: 1\npositions: line\nevents: Ir\n\n\
                    ob=(1) /usr/lib/libc.so.6\nfl=(1) memcpy.S\nfn=(1) memcpy\n0 100\n+3 20\n\n\
                    ob=(2) /target/release/siptriage\nfl=(2) scan.rs\nfn=(2) scan\n10 7\n* 5\n\
                    cob=(1)\ncfi=(1)\ncfn=(1)\ncalls=4 0\n* 120\n-2 1\n\n\
                    ob=(3) /usr/lib/ld.so\nfn=(3) start\n0 9\n\n\
                    ob=(2)\nfn=(4) merge\n8 1000\ncfn=(2)\ncalls=1 10\n9 133\n\n\
                    totals: 1142\n";
        let want = Counts {
            own: 7 + 5 + 1 + 1000,
            libraries: 100 + 20 + 9,
        };
        assert_eq!(counts(text, "siptriage"), want);
        assert_eq!(counts(text, "other").own, 0);
        assert_eq!(counts("", "siptriage"), Counts::default());
    }
}
