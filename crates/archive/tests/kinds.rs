//! Members of every kind of archive, their paths, and archives in archives.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod making;

use std::fs;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use making::*;
use siptriage_archive::{
    Archive, ArchiveKind, FileAt, HEAD, Limits, Member, Problem, Trouble, Visitor, Wanted, kind_of,
    split_path, walk_stream,
};

#[test]
fn members_of_every_kind_are_read_whole_under_their_paths() {
    for (name, bytes, _) in all() {
        let seen = walk(name, &bytes);
        assert_eq!(seen.problems, [], "{name}");
        if name == "in.zip" {
            continue;
        }
        for (member, text) in MEMBERS {
            assert_eq!(seen.text(&format!("{name}!{member}")), text);
        }
        assert_eq!(seen.members.len(), MEMBERS.len(), "{name}");
    }
}

#[test]
fn a_kind_is_told_by_content_and_ordinary_text_is_none() {
    for (name, bytes, _) in all() {
        let kind = kind_of(&bytes[..bytes.len().min(HEAD)]).unwrap();
        let last = name.rsplit('.').next().unwrap();
        assert_eq!(kind.name(), last, "{name}");
    }
    for (front, kind) in [
        (&b"BZh91AY&SY..."[..], ArchiveKind::Bzip2),
        (b"\xfd7zXZ\0....", ArchiveKind::Xz),
        (b"Rar!\x1a\x07\x01\0", ArchiveKind::Rar),
    ] {
        assert_eq!(kind_of(front), Some(kind));
        assert!(kind.how_to_unpack().is_some());
        let seen = walk("x", front);
        assert_eq!(*seen.trouble("x"), Trouble::Kind(kind));
    }
    let text = "SIP/2.0 200 OK\r\n".repeat(100);
    for front in [
        text.as_bytes(),
        b"",
        b"PK",
        b"BZh9 is a level",
        b"MSCF is a name",
        &[0; 1024],
    ] {
        assert_eq!(kind_of(front), None, "{front:?}");
    }
}

#[test]
fn archives_in_archives_are_walked_through() {
    let text = b"deep";
    let inner = zip_of(&[packed(b"c.txt", text)]);
    let tgz = gz(&tar_of(&[("d/inner.zip", &inner), ("plain", b"p")]));
    let sevenz = sevenz(&[("b.tar.gz", &tgz)], false);
    let cab = cab(&[("in.7z", &sevenz)], 1);
    let bytes = zip_of(&[packed(b"a.cab", &cab), stored(b"x.log.gz", &gz(b"log"))]);
    let seen = walk("case.zip", &bytes);
    assert_eq!(seen.problems, []);
    assert_eq!(
        seen.text("case.zip!a.cab!in.7z!b.tar.gz!d/inner.zip!c.txt"),
        "deep"
    );
    assert_eq!(seen.text("case.zip!a.cab!in.7z!b.tar.gz!plain"), "p");
    // What holds one thing adds nothing to the path.
    assert_eq!(seen.text("case.zip!x.log.gz"), "log");
    assert_eq!(walk("x.gz", &gz(b"log")).text("x.gz"), "log");
}

#[test]
fn streams_behind_each_other_and_zeros_behind_them_are_one_member() {
    let both = [gz(b"one "), gz(b"two"), vec![0; 100]].concat();
    assert_eq!(walk("x.gz", &both).text("x.gz"), "one two");
    let skipped = [
        &b"\x50\x2a\x4d\x18\x03\0\0\0abc"[..],
        &zst(b"one "),
        &zst(b"two"),
    ]
    .concat();
    let seen = walk("x.zst", &skipped);
    assert_eq!(seen.text("x.zst"), "one two");
    let trailing = walk("x.gz", &[gz(b"one"), b"stranger".to_vec()].concat());
    assert_eq!(trailing.members[0].bytes, b"one");
    assert_eq!(*trailing.trouble("x.gz"), Trouble::Trailing);
}

#[test]
fn blocks_of_cabinets_look_back_and_folders_and_special_files_are_no_members() {
    // Longer than a block, and the second half repeats the first.
    let long: Vec<u8> = (0..60_000u32)
        .flat_map(|n| (n % 4099).to_le_bytes())
        .collect();
    for packing in [0, 1] {
        let bytes = cab(&[("a", &long), ("b", b"end")], packing);
        let seen = walk("x.cab", &bytes);
        assert_eq!(seen.problems, []);
        assert_eq!(seen.members[0].bytes, long);
        assert_eq!(seen.text("x.cab!b"), "end");
    }
    let mut builder = tar::Builder::new(Vec::new());
    for (kind, name) in [
        (tar::EntryType::Directory, "d"),
        (tar::EntryType::Symlink, "l"),
        (tar::EntryType::Fifo, "f"),
        (tar::EntryType::Regular, "r"),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_data(&mut header, name, &b""[..]).unwrap();
    }
    let seen = walk("x.tar", &builder.into_inner().unwrap());
    assert_eq!(seen.paths(), ["x.tar!r"]);
    let mut link = stored(b"link", b"target");
    (link.made_by, link.attributes) = (3 << 8, 0o120_777 << 16);
    let mut unix = stored(b"file", b"x");
    (unix.made_by, unix.attributes) = (3 << 8, 0o100_644 << 16);
    // What was written from a pipe has the mode of one.
    let mut pipe = stored(b"-", b"x");
    (pipe.made_by, pipe.attributes) = (3 << 8, 0o010_600 << 16);
    let bytes = zip_of(&[stored(b"d/", b""), stored(b"e\\", b""), link, unix, pipe]);
    assert_eq!(walk("x.zip", &bytes).paths(), ["x.zip!file", "x.zip!-"]);
}

#[test]
fn long_names_and_lengths_of_tars_are_those_of_their_records() {
    let long = format!("{}/x.log", "folder".repeat(60));
    let gnu = tar_of(&[(long.as_str(), b"gnu")]);
    assert_eq!(walk("x.tar", &gnu).text(&format!("x.tar!{long}")), "gnu");
    let mut builder = tar::Builder::new(Vec::new());
    let pairs = [("path", long.as_bytes()), ("size", b"3")];
    builder.append_pax_extensions(pairs).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_path("short").unwrap();
    header.set_size(0);
    header.set_cksum();
    builder.append(&header, &b""[..]).unwrap();
    let mut bytes = builder.into_inner().unwrap();
    // The member itself, whose length only the record says.
    bytes.truncate(bytes.len() - 1024);
    bytes.extend(b"pax");
    bytes.extend([0; 509 + 1024]);
    assert_eq!(walk("x.tar", &bytes).text(&format!("x.tar!{long}")), "pax");
}

#[test]
fn every_path_is_one_harmless_line_and_no_two_are_the_same() {
    let names: [&[u8]; 14] = [
        b"../../etc/passwd",
        b"/etc/passwd",
        b"C:\\Windows\\x.log",
        b"a!b.zip",
        b"a.zip!b",
        b"new\nline\x1b[2J\x07",
        "\u{202e}gpj.exe".as_bytes(),
        b"caf\x82.log",
        "caf\u{e9}.log".as_bytes(),
        b"twice",
        b"twice",
        b"twice",
        b"./dot",
        b"",
    ];
    let members: Vec<ZipMember> = names.iter().map(|name| stored(name, b"x")).collect();
    let seen = walk("x.zip", &zip_of(&members));
    assert_eq!(seen.problems, []);
    let expected = [
        "../../etc/passwd",
        "/etc/passwd",
        "C:/Windows/x.log",
        "a\\!b.zip",
        "a.zip\\!b",
        "new\\u{a}line\\u{1b}[2J\\u{7}",
        "\\u{202e}gpj.exe",
        "caf\u{e9}.log",
        "caf\u{e9}.log\\#2",
        "twice",
        "twice\\#2",
        "twice\\#3",
        "dot",
        "(unnamed)",
    ];
    assert_eq!(seen.paths(), expected.map(|name| format!("x.zip!{name}")));
    // Whatever is shown can be typed to get that member alone.
    for name in expected {
        let seen = walk_with(
            "x.zip",
            &zip_of(&members),
            &Limits::default(),
            Some(&Wanted::new(name)),
        );
        assert_eq!(seen.paths(), [format!("x.zip!{name}")], "{name}");
    }
    let mut utf8 = stored(b"\xff\xfe", b"x");
    utf8.flags = 0x800;
    assert_eq!(
        walk("x.zip", &zip_of(&[utf8])).paths(),
        ["x.zip!\\xFF\\xFE"]
    );
}

#[test]
fn names_of_old_zips_are_decoded_as_the_zip_crate_does() {
    let name: Vec<u8> = (0x80..=0xff).collect();
    let bytes = zip_of(&[stored(&name, b"x")]);
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let theirs = archive.by_index(0).unwrap().name().unwrap().into_owned();
    assert_eq!(walk("x.zip", &bytes).paths(), [format!("x.zip!{theirs}")]);
}

#[test]
fn one_member_or_everything_below_a_folder_or_archive_can_be_asked_for() {
    let inner = zip_of(&[
        packed(b"logs/a", b"1"),
        packed(b"logs/b", b"2"),
        packed(b"c", b"3"),
    ]);
    let bytes = zip_of(&[
        packed(b"in.zip", &inner),
        packed(b"in.zipper", b"4"),
        packed(b"logs/a", b"5"),
        packed(b"x.tar.gz", &gz(&tar_of(&[("logs/d", b"6")]))),
    ]);
    let ask = |wanted: &str| {
        let seen = walk_with(
            "c.zip",
            &bytes,
            &Limits::default(),
            Some(&Wanted::new(wanted)),
        );
        assert_eq!(seen.problems, []);
        seen.members
            .iter()
            .map(|member| member.bytes[0] as char)
            .collect::<String>()
    };
    assert_eq!(ask(""), "123456");
    assert_eq!(ask("in.zip"), "123");
    assert_eq!(ask("in.zip!"), "123");
    assert_eq!(ask("in.zip!logs"), "12");
    assert_eq!(ask("in.zip!logs/"), "12");
    assert_eq!(ask("in.zip!logs\\b"), "2");
    assert_eq!(ask("logs"), "5");
    assert_eq!(ask("x.tar.gz!logs/d"), "6");
    assert_eq!(ask("nowhere"), "");
}

#[test]
fn a_typed_path_is_parted_behind_the_file_that_is_there() {
    let there = |there: &'static [&'static str]| {
        move |path: &Path| there.iter().any(|name| path == Path::new(name))
    };
    let split =
        |typed: &str, is_file: &dyn Fn(&Path) -> bool| split_path(Path::new(typed), is_file);
    let case = there(&["t/case.zip"]);
    assert_eq!(split("t/case.zip", &case), None);
    assert_eq!(split("t/other.zip!a", &case), None);
    let (file, wanted) = split("t/case.zip!b.zip!logs/x", &case).unwrap();
    assert_eq!(file, PathBuf::from("t/case.zip"));
    assert_eq!(wanted, Wanted::new("b.zip!logs/x"));
    // Names on disk may have an exclamation mark themselves.
    let both = there(&["a!b.zip", "a"]);
    assert_eq!(split("a!b.zip", &both), None);
    let (file, wanted) = split("a!b.zip!c", &both).unwrap();
    assert_eq!((file, wanted), (PathBuf::from("a!b.zip"), Wanted::new("c")));
    #[cfg(unix)]
    {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let typed = Path::new(OsStr::from_bytes(b"\xff.zip!x"));
        let (file, _) = split_path(typed, &|path| path.as_os_str().len() == 5).unwrap();
        assert_eq!(file.as_os_str().as_bytes(), b"\xff.zip");
    }
}

#[test]
fn parts_give_the_same_in_any_order_and_from_several_threads_of_one_file() {
    let folder = std::env::temp_dir().join(format!("siptriage-archive-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (name, bytes, _) in all() {
        let path = folder.join(name);
        fs::write(&path, &bytes).unwrap();
        let file = FileAt::new(fs::File::open(&path).unwrap()).unwrap();
        let archive = Archive::open(name, Arc::new(file), &Limits::default())
            .unwrap()
            .unwrap();
        let mut expected = Seen::default();
        let _ = archive.walk(None, &mut expected);
        assert_eq!(expected, walk(name, &bytes));
        let parts: Vec<Seen> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..archive.parts().len())
                .rev()
                .map(|part| {
                    let archive = &archive;
                    scope.spawn(move || {
                        let mut seen = Seen::default();
                        let _ = archive.read(part, None, &mut seen);
                        seen
                    })
                })
                .collect();
            threads
                .into_iter()
                .rev()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let members: Vec<Found> = parts.into_iter().flat_map(|seen| seen.members).collect();
        assert_eq!(members, expected.members, "{name}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn pipes_are_walked_like_files() {
    for (name, bytes, _) in all() {
        let mut seen = Seen::default();
        let _ = walk_stream(name, &mut &bytes[..], &Limits::default(), None, &mut seen);
        assert_eq!(seen, walk(name, &bytes), "{name}");
    }
    let mut seen = Seen::default();
    let _ = walk_stream(
        "<stdin>",
        &mut &b"text"[..],
        &Limits::default(),
        None,
        &mut seen,
    );
    assert_eq!(seen.text("<stdin>"), "text");
}

#[test]
fn a_visitor_that_breaks_off_sees_nothing_more() {
    struct First(u32);
    impl Visitor for First {
        fn member(&mut self, _: &mut Member<'_>) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Break(())
        }
        fn problem(&mut self, problem: Problem) {
            panic!("{problem}");
        }
    }
    for (name, bytes, _) in all() {
        let mut first = First(0);
        let archive = Archive::open(name, Arc::new(bytes), &Limits::default())
            .unwrap()
            .unwrap();
        assert!(archive.walk(None, &mut first).is_break(), "{name}");
        assert_eq!(first.0, 1, "{name}");
    }
}

#[test]
fn a_visitor_that_reads_nothing_still_meets_every_member() {
    struct Count(u32);
    impl Visitor for Count {
        fn member(&mut self, _: &mut Member<'_>) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Continue(())
        }
        fn problem(&mut self, problem: Problem) {
            panic!("{problem}");
        }
    }
    for (name, bytes, _) in all() {
        let expected = walk(name, &bytes).members.len();
        let mut count = Count(0);
        let archive = Archive::open(name, Arc::new(bytes), &Limits::default())
            .unwrap()
            .unwrap();
        let _ = archive.walk(None, &mut count);
        assert_eq!(count.0 as usize, expected, "{name}");
    }
}

#[test]
fn zips_are_listed_as_the_zip_crate_lists_them() {
    let mut bytes = Vec::new();
    {
        let mut writer = zip::ZipWriter::new(Cursor::new(&mut bytes));
        let options = zip::write::SimpleFileOptions::default();
        for (at, (name, text)) in MEMBERS.iter().enumerate() {
            // The second one has lengths of 64 bits.
            writer
                .start_file(*name, options.large_file(at == 1))
                .unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.add_directory("empty", options).unwrap();
        writer.set_comment("a comment").unwrap();
        writer.finish().unwrap();
    }
    // Something stands before it, as in a file that unpacks itself.
    let shifted = [&b"#!/bin/sh\n"[..], &bytes].concat();
    for (bytes, is_zip) in [(bytes, true), (shifted, false)] {
        let mut theirs = Vec::new();
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        for at in 0..archive.len() {
            let mut file = archive.by_index(at).unwrap();
            if file.is_file() {
                let mut text = String::new();
                std::io::Read::read_to_string(&mut file, &mut text).unwrap();
                theirs.push((format!("x!{}", file.name().unwrap()), text));
            }
        }
        assert_eq!(theirs.len(), 2);
        if is_zip {
            let seen = walk("x", &bytes);
            assert_eq!(seen.problems, []);
            let ours = seen.members.iter();
            let ours: Vec<_> = ours
                .map(|member| {
                    (
                        member.path.clone(),
                        String::from_utf8(member.bytes.clone()).unwrap(),
                    )
                })
                .collect();
            assert_eq!(ours, theirs);
        } else {
            assert_eq!(kind_of(&bytes), None);
        }
    }
}
