//! Broken, lying and hostile archives: nothing panics, nothing else is lost, every limit holds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod making;

use std::time::Instant;

use making::*;
use siptriage_archive::{Limit, Limits, Trouble, kind_of};

/// What may be read from a broken archive: whole members are those that were put in.
fn hold(name: &str, what: &str, seen: &Seen, has_checksums: bool) {
    for member in &seen.members {
        let text = MEMBERS
            .iter()
            .any(|(_, text)| member.bytes == text.as_bytes());
        // The checksum of a gz around a tar is met behind the members.
        let around = (seen.problems.iter())
            .any(|problem| member.path.starts_with(&format!("{}!", problem.path)));
        assert!(
            !has_checksums || !member.whole || text || around,
            "{name} {what}: {} is whole and another one: {:?}",
            member.path,
            seen.problems
        );
        let told = seen
            .problems
            .iter()
            .any(|problem| problem.path == member.path);
        assert!(
            member.whole || told,
            "{name} {what}: {} says nothing",
            member.path
        );
    }
    for problem in &seen.problems {
        let gave_up = problem.to_string().contains("gave up");
        assert!(!gave_up, "{name} {what}: {problem}");
    }
}

#[test]
fn archives_cut_anywhere_give_what_stands_before_the_cut() {
    for (name, bytes, has_checksums) in all() {
        for len in 0..bytes.len() {
            let seen = walk(name, &bytes[..len]);
            let what = format!("cut at {len}");
            hold(name, &what, &seen, has_checksums);
            if seen.members.iter().filter(|member| member.whole).count() < 2 {
                let is_known = kind_of(&bytes[..len]).is_some();
                assert!(
                    !is_known || !seen.problems.is_empty(),
                    "{name} {what} says nothing"
                );
            }
        }
    }
}

#[test]
fn half_a_zip_and_half_a_tar_give_their_first_member() {
    for name in ["a.zip", "streamed.zip", "a.tar", "a.tar.gz"] {
        let (_, bytes, _) = all()
            .into_iter()
            .find(|(found, ..)| *found == name)
            .unwrap();
        // Behind the first member and before the end of the second one.
        let cut = match name {
            "a.tar" => 1100,
            "a.tar.gz" => bytes.len() - 12,
            _ => 170,
        };
        let seen = walk(name, &bytes[..cut]);
        assert_eq!(seen.text(&format!("{name}!{}", MEMBERS[0].0)), MEMBERS[0].1);
        assert!(!seen.problems.is_empty(), "{name}");
    }
    let bytes = zip();
    let seen = walk("a.zip", &bytes[..bytes.len() - 30]);
    assert_eq!(seen.members.len(), 2);
    assert!(matches!(seen.trouble("a.zip"), Trouble::NoList(_)));
    assert!(seen.trouble("a.zip").is_remark());
}

#[test]
fn archives_with_any_byte_changed_are_read_to_the_end() {
    for (name, bytes, has_checksums) in all() {
        let mut changed = bytes.clone();
        for at in 0..bytes.len() {
            for change in [bytes[at] ^ 1, bytes[at] ^ 0x80, !bytes[at], 0, 0xff] {
                changed[at] = change;
                let seen = walk(name, &changed);
                hold(name, &format!("{change:#x} at {at}"), &seen, has_checksums);
            }
            changed[at] = bytes[at];
        }
    }
}

#[test]
fn garbage_behind_every_front_does_no_harm() {
    let mut state = 1u64;
    let mut random = || {
        // Any numbers do, as long as they are the same each time.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u8
    };
    for (name, bytes, _) in all() {
        for keep in [4, 8, 16, 32, 48, 64, 100] {
            for _ in 0..40 {
                let mut garbage: Vec<u8> = bytes[..keep].to_vec();
                garbage.extend((0..300).map(|_| random()));
                hold(name, "garbage", &walk(name, &garbage), false);
            }
        }
    }
}

#[test]
fn pieces_of_archives_put_together_do_no_harm() {
    let all = all();
    for (first, one, _) in &all {
        for (second, other, _) in &all {
            for cut in [one.len() / 3, one.len() / 2, one.len()] {
                let pasted = [&one[..cut], &other[other.len() / 4..]].concat();
                hold(first, second, &walk(first, &pasted), false);
            }
        }
    }
}

#[test]
fn members_that_cannot_be_read_are_named_and_the_others_are_read() {
    let good = packed(b"good", b"good");
    let with = |change: &dyn Fn(&mut ZipMember)| {
        let mut bad = packed(b"bad", b"some text, some text, some text");
        change(&mut bad);
        let seen = walk("x.zip", &zip_of(&[bad, good.clone()]));
        assert_eq!(seen.text("x.zip!good"), "good");
        assert_eq!(seen.problems.len(), 1, "{:?}", seen.problems);
        let read = seen
            .members
            .iter()
            .find(|member| member.path == "x.zip!bad");
        let read = read.map(|member| (member.bytes.len(), member.whole));
        (seen.trouble("x.zip!bad").clone(), read)
    };
    assert_eq!(with(&|bad| bad.flags = 1), (Trouble::Encrypted, None));
    assert_eq!(with(&|bad| bad.method = 99), (Trouble::Encrypted, None));
    for (method, name) in [
        (9, "deflate64"),
        (12, "bzip2"),
        (14, "lzma"),
        (98, "PPMd"),
        (77, "method 77"),
    ] {
        let expected = Trouble::Method(name.to_owned());
        assert_eq!(with(&|bad| bad.method = method), (expected, None));
    }
    assert_eq!(
        with(&|bad| bad.crc ^= 1),
        (Trouble::Checksum, Some((31, false)))
    );
    // Lengths that lie, in both directions.
    let size = |declared, more| Trouble::Size { declared, more };
    assert_eq!(
        with(&|bad| bad.len = 20),
        (size(20, true), Some((20, false)))
    );
    assert_eq!(
        with(&|bad| bad.len = 40),
        (size(40, false), Some((31, false)))
    );
    let damaged = with(&|bad| bad.packed[0] = 0xff);
    assert!(matches!(damaged, (Trouble::Damaged(_), _)), "{damaged:?}");
    let zero = walk(
        "x.zip",
        &zip_of(&[stored(b"zero", b""), packed(b"none", b"")]),
    );
    assert_eq!((zero.text("x.zip!zero"), zero.text("x.zip!none")), ("", ""));
    assert_eq!(zero.problems, []);
    let quantum = cab(&[("a", b"x")], 2 | 0x1410);
    assert_eq!(
        *walk("x.cab", &quantum).trouble("x.cab!a"),
        Trouble::Method("Quantum".to_owned())
    );
}

#[test]
fn a_damaged_list_of_a_zip_loses_no_member() {
    let bytes = zip();
    let list = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    let second = list
        + 4
        + bytes[list + 4..]
            .windows(4)
            .position(|four| four == b"PK\x01\x02")
            .unwrap();
    for at in [list, second] {
        let mut damaged = bytes.clone();
        damaged[at] = 0;
        let seen = walk("x.zip", &damaged);
        assert_eq!(seen.members.len(), 2);
        assert!(matches!(seen.trouble("x.zip"), Trouble::NoList(_)));
    }
    // A list that claims more or fewer members than it has.
    for count in [0, 1, 3, 60_000u16] {
        let mut lying = bytes.clone();
        let end = lying.len() - 22;
        lying[end + 10..end + 12].copy_from_slice(&count.to_le_bytes());
        assert_eq!(walk("x.zip", &lying).members.len(), 2, "{count}");
    }
}

#[test]
fn a_list_that_claims_thousands_of_millions_of_members_takes_no_memory() {
    let mut end64 = b"PK\x06\x06".to_vec();
    end64.extend(44u64.to_le_bytes());
    end64.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let entry = entry(&stored(b"a", b"a"), 0);
    let local = local(&stored(b"a", b"a"));
    for count in [2, 1 << 20, 1 << 33, u64::MAX] {
        let mut bytes = local.clone();
        bytes.extend(&entry);
        let at = bytes.len() as u64;
        bytes.extend(&end64);
        for value in [count, count, entry.len() as u64, local.len() as u64] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(at.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(end(u16::MAX, u32::MAX, u32::MAX));
        let seen = walk("x.zip", &bytes);
        assert_eq!(seen.text("x.zip!a"), "a");
        assert!(
            matches!(seen.trouble("x.zip"), Trouble::NoList(_)),
            "{count}"
        );
    }
}

#[test]
fn members_that_share_bytes_are_read_once() {
    // Many names for the same bytes, as in a bomb of one layer.
    let member = packed(b"a", &[b'x'; 100_000]);
    let mut bytes = local(&member);
    let from = bytes.len() as u32;
    let mut list = Vec::new();
    for at in 0..1000 {
        let name = format!("name {at}");
        list.extend(entry(
            &ZipMember {
                name: name.into_bytes(),
                ..member.clone()
            },
            0,
        ));
    }
    bytes.extend(&list);
    bytes.extend(end(1000, list.len() as u32, from));
    let seen = walk("x.zip", &bytes);
    assert_eq!(seen.paths(), ["x.zip!name 0"]);
    assert_eq!(seen.problems.len(), 999);
    assert!(
        seen.problems
            .iter()
            .all(|problem| problem.trouble == Trouble::Overlaps)
    );
    // The same in a cabinet: the second file begins inside of the first.
    let mut bytes = cab(&[("a", b"0123456789"), ("b", b"x")], 0);
    bytes[44 + 18 + 4] = 5;
    let seen = walk("x.cab", &bytes);
    assert_eq!(seen.paths(), ["x.cab!a"]);
    assert_eq!(*seen.trouble("x.cab!b"), Trouble::Overlaps);
}

fn small() -> Limits {
    Limits {
        ratio_from: 1 << 20,
        ..Limits::default()
    }
}

fn met(trouble: &Trouble) -> Limit {
    match trouble {
        Trouble::Limit {
            limit,
            found,
            allowed,
        } => {
            assert!(found > allowed, "{trouble}");
            assert!(trouble.to_string().contains(limit.option()), "{trouble}");
            *limit
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_bomb_of_one_layer_stops_and_the_others_are_read() {
    let bomb = packed(b"bomb", &vec![0; 64 << 20]);
    let bytes = zip_of(&[packed(b"before", b"1"), bomb, packed(b"behind", b"2")]);
    let seen = walk_with("x.zip", &bytes, &small(), None);
    assert_eq!(
        (seen.text("x.zip!before"), seen.text("x.zip!behind")),
        ("1", "2")
    );
    assert_eq!(met(seen.trouble("x.zip!bomb")), Limit::Ratio);
    let read = &seen.members[1];
    assert!(
        !read.whole && read.bytes.len() < 40 << 20,
        "{}",
        read.bytes.len()
    );
    // A small one is no bomb, and one that is allowed is read.
    assert_eq!(walk("x.zip", &bytes).problems, []);
    for name in ["x.gz", "x.tar.gz", "x.7z"] {
        let zeros = vec![0; 64 << 20];
        let bytes = match name {
            "x.gz" => gz(&zeros),
            "x.tar.gz" => gz(&tar_of(&[("a", b"1"), ("bomb", &zeros), ("b", b"2")])),
            _ => sevenz(&[("a", b"1"), ("bomb", &zeros), ("b", b"2")], true),
        };
        let seen = walk_with(name, &bytes, &small(), None);
        assert!(
            seen.problems
                .iter()
                .all(|problem| met(&problem.trouble) == Limit::Ratio)
        );
        assert!(
            seen.members
                .iter()
                .map(|member| member.bytes.len())
                .sum::<usize>()
                < 40 << 20
        );
        // One that stands before it stays good.
        assert!(name == "x.gz" || seen.members[0].whole);
    }
}

#[test]
fn a_bomb_of_bombs_stops_in_every_layer() {
    // Sixteen of sixteen of sixteen, as in 42.zip: a megabyte each.
    let mut layer = zip_of(&[packed(b"0", &vec![0; 1 << 20])]);
    for _ in 0..3 {
        let members: Vec<ZipMember> = (0..16)
            .map(|at| packed(format!("{at}.zip").as_bytes(), &layer))
            .collect();
        layer = zip_of(&members);
    }
    let begin = Instant::now();
    let seen = walk_with("x.zip", &layer, &small(), None);
    let read: usize = seen.members.iter().map(|member| member.bytes.len()).sum();
    assert!(read < 300 << 20, "{read}");
    assert!(!seen.problems.is_empty());
    seen.problems.iter().for_each(|problem| {
        met(&problem.trouble);
    });
    assert!(begin.elapsed().as_secs() < 60);
}

#[test]
fn what_comes_out_of_an_archive_is_bounded_whoever_reads_it() {
    let limits = Limits {
        inflated: 3 << 20,
        ..Limits::default()
    };
    let member = |name: &[u8]| {
        // Not so easily packed that the ratio matters.
        let bytes: Vec<u8> = (0..1 << 20)
            .map(|n: u32| (n.wrapping_mul(n) >> 7) as u8)
            .collect();
        packed(name, &bytes)
    };
    let bytes = zip_of(&[
        member(b"a"),
        member(b"b"),
        member(b"c"),
        member(b"d"),
        packed(b"e", b""),
    ]);
    let seen = walk_with("x.zip", &bytes, &limits, None);
    assert_eq!(seen.paths(), ["x.zip!a", "x.zip!b", "x.zip!c", "x.zip!e"]);
    assert_eq!(met(seen.trouble("x.zip!d")), Limit::Inflated);
    let stream = gz(&vec![b'x'; 4 << 20]);
    let seen = walk_with("x.gz", &stream, &limits, None);
    assert_eq!(met(seen.trouble("x.gz")), Limit::Inflated);
}

#[test]
fn archives_within_each_other_end_at_the_limit() {
    let mut bytes = b"text".to_vec();
    for _ in 0..8 {
        bytes = gz(&bytes);
    }
    let seen = walk("x.gz", &bytes);
    assert_eq!(met(seen.trouble("x.gz")), Limit::Nesting);
    let limits = Limits {
        nesting: 8,
        ..Limits::default()
    };
    assert_eq!(
        walk_with("x.gz", &bytes, &limits, None).text("x.gz"),
        "text"
    );
    let mut bytes = b"text".to_vec();
    for _ in 0..2000 {
        bytes = zip_of(&[stored(b"in.zip", &bytes)]);
    }
    let seen = walk("x.zip", &bytes);
    assert_eq!(met(&seen.problems[0].trouble), Limit::Nesting);
}

#[test]
fn lists_names_and_nested_archives_have_their_limits() {
    let members: Vec<ZipMember> = (0..20)
        .map(|at| stored(format!("{at}").as_bytes(), b"x"))
        .collect();
    let limits = Limits {
        members: 10,
        ..Limits::default()
    };
    let tar_members: Vec<(String, &[u8])> = (0..20).map(|at| (at.to_string(), &b"x"[..])).collect();
    let tar_members: Vec<(&str, &[u8])> = tar_members
        .iter()
        .map(|(name, bytes)| (name.as_str(), *bytes))
        .collect();
    for (name, bytes, left) in [
        ("x.zip", zip_of(&members), 10),
        ("x.tar", tar_of(&tar_members), 10),
        ("x.cab", cab(&tar_members, 0), 10),
        ("x.7z", sevenz(&tar_members, true), 0),
    ] {
        let seen = walk_with(name, &bytes, &limits, None);
        assert_eq!(met(seen.trouble(name)), Limit::Members);
        assert_eq!(seen.members.len(), left, "{name}");
    }
    let limits = Limits {
        listing: 400,
        ..Limits::default()
    };
    let seen = walk_with("x.zip", &zip_of(&members), &limits, None);
    assert_eq!(met(seen.trouble("x.zip")), Limit::Listing);
    assert!(!seen.members.is_empty());

    let long = "n".repeat(200);
    let limits = Limits {
        name: 100,
        ..Limits::default()
    };
    for (name, bytes) in [
        (
            "x.zip",
            zip_of(&[stored(long.as_bytes(), b"x"), stored(b"short", b"y")]),
        ),
        ("x.tar", tar_of(&[(long.as_str(), b"x"), ("short", b"y")])),
        ("x.cab", cab(&[(long.as_str(), b"x"), ("short", b"y")], 1)),
        (
            "x.7z",
            sevenz(&[(long.as_str(), b"x"), ("short", b"y")], true),
        ),
    ] {
        let seen = walk_with(name, &bytes, &limits, None);
        assert_eq!(seen.paths(), [format!("{name}!short")]);
        let path = format!("{name}!{}\u{2026}", "n".repeat(100));
        assert_eq!(met(seen.trouble(&path)), Limit::Name);
    }

    let limits = Limits {
        nested_in_memory: 1000,
        ..Limits::default()
    };
    let large = zip_of(&[stored(b"a", &[b'x'; 2000])]);
    let bytes = zip_of(&[
        packed(b"large.zip", &large),
        packed(b"small.zip", &zip_of(&[stored(b"a", b"x")])),
    ]);
    let seen = walk_with("x.zip", &bytes, &limits, None);
    assert_eq!(met(seen.trouble("x.zip!large.zip")), Limit::NestedInMemory);
    assert_eq!(seen.paths(), ["x.zip!small.zip!a"]);

    let limits = Limits {
        window: 1 << 12,
        ..Limits::default()
    };
    let zeros = vec![1; 1 << 20];
    for (name, bytes) in [
        ("x.zst", zst(&zeros)),
        ("x.7z", sevenz(&[("a", &zeros)], false)),
        ("x.cab", cab(&[("a", b"x")], 3 | 15 << 8)),
    ] {
        let seen = walk_with(name, &bytes, &limits, None);
        assert_eq!(met(&seen.problems[0].trouble), Limit::Window, "{name}");
    }
}

#[test]
fn long_records_before_members_of_tars_are_passed_over() {
    // A name of two megabytes, then a member.
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_path("././@LongLink").unwrap();
    header.set_size(2 << 20);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(vec![b'n'; 2 << 20]);
    bytes.extend(tar());
    let seen = walk("x.tar", &bytes);
    assert_eq!(seen.members.len(), 2);
    assert_eq!(met(seen.trouble("x.tar")), Limit::Name);
}

#[test]
fn a_damaged_header_of_a_tar_costs_its_own_member_alone() {
    let mut bytes = tar_of(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    bytes[1024] ^= 0xff;
    let seen = walk("x.tar", &bytes);
    assert_eq!(seen.paths(), ["x.tar!a", "x.tar!c"]);
    assert!(matches!(seen.trouble("x.tar"), Trouble::Damaged(_)));
}

#[test]
fn checksums_of_everything_around_are_held_to() {
    for change in [1, 5] {
        let mut bytes = gz(&tar());
        let at = bytes.len() - change;
        bytes[at] ^= 1;
        let seen = walk("x.tar.gz", &bytes);
        assert_eq!(seen.members.iter().filter(|member| member.whole).count(), 2);
        assert_eq!(*seen.trouble("x.tar.gz"), Trouble::Checksum);
    }
    let mut bytes = cab(&[("a", b"some text"), ("b", b"other")], 0);
    let at = bytes.len() - 1;
    bytes[at] ^= 1;
    let seen = walk("x.cab", &bytes);
    assert_eq!(*seen.trouble("x.cab!a"), Trouble::Checksum);
    assert_eq!(*seen.trouble("x.cab!b"), Trouble::Unreachable);
}

#[test]
fn very_many_headers_in_half_a_zip_are_read_in_time() {
    // Each begins a member that reaches to the end of the file, and none has a list.
    let mut member = stored(b"a", &[]);
    member.method = 8;
    member.streamed = true;
    let header = &local(&member)[..31];
    // Each is a block of deflate that is stored and holds the next header: unpacked from any of
    // them on, all that follow come out.
    let bytes: Vec<u8> = (0..60_000)
        .flat_map(|_| [header, b"\x00\x1f\x00\xe0\xff"].concat())
        .collect();
    let begin = Instant::now();
    let seen = walk("x.zip", &bytes);
    let read: usize = seen.members.iter().map(|member| member.bytes.len()).sum();
    assert!(read <= 2 * bytes.len(), "{read}");
    assert!(begin.elapsed().as_secs() < 30);
}
