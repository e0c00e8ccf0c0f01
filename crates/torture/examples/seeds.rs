//! Writes the corpus from which fuzzers begin: `seeds FOLDER` makes a folder in it for each target.
//! Records of the sample traces one by one and in runs of some, and texts of each reader's kind.
#![expect(clippy::unwrap_used, reason = "a developer's program may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use siptriage_torture::{BODIES, Mutator, WORDS};

fn main() {
    let target = std::env::args_os().nth(1).expect("name a folder");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-logs");
    let mut paths: Vec<PathBuf> = [samples.clone(), samples.join("incident")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.extension().is_some_and(|ext| ext != "json"))
        .collect();
    paths.sort();
    let texts: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let reads_traces = ["framing", "message", "scan", "encodings", "split", "report"];
    for body in BODIES {
        let folder = Path::new(&target).join(body.name);
        fs::create_dir_all(&folder).unwrap();
        let mut seeds: Vec<Vec<u8>> = body.seeds.iter().map(|seed| seed.to_vec()).collect();
        seeds.extend(WORDS.iter().map(|word| word.to_vec()));
        if reads_traces.contains(&body.name) || body.name == "value" || body.name == "quality" {
            let mut damaged = Mutator::new(3, texts.clone());
            seeds.extend((0..400).map(|_| damaged.next_text()));
        }
        for (n, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{n:03}")), seed).unwrap();
        }
    }
}
