//! Feeds a body with files, as a fuzzer does: `feed BODY FILE...`. For what a fuzzer found.
#![expect(clippy::unwrap_used, reason = "a developer's program may panic")]

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect("name a body");
    let bodies = siptriage_torture::BODIES;
    let body = bodies.iter().find(|body| body.name == name).unwrap();
    for file in arguments {
        (body.feed)(&std::fs::read(file).unwrap());
    }
}
