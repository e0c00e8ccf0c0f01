//! Measures siptriage against its goals, its peers and the limit, and counts its instructions.
//!
//! What is measured and how stands in `docs/performance.md`. No crate of the product knows this
//! one. One process is one role: the bench starts itself as the `sum` loop, as the `inflate`r
//! alone, and as `timed`, which runs one command and tells what it took.
#![forbid(unsafe_code)]

mod contestants;
mod data;
mod goals;
mod inflate;
mod instructions;
mod machine;
mod measure;
mod options;
mod page;
mod results;
mod statistics;
mod sum;
mod system;
mod timed;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use contestants::Tools;
use machine::Machine;
use measure::Plan;
use page::How;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).collect();
    let done = match options::parse(arguments) {
        Ok(command) => run(command),
        Err(why) => {
            complain(&format!("{why}\ntry 'siptriage-bench --help'"));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn complain(message: &str) {
    // Nothing is left to be done where even this cannot be written.
    let _ = writeln!(io::stderr(), "siptriage-bench: {message}");
}

/// Does what was asked. Gives whether all is as it should be.
fn run(command: options::Command) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    match command {
        options::Command::Help => write!(out, "{}", options::HELP)?,
        options::Command::Sum(threads, file) => {
            writeln!(out, "{}", sum::sum_of_map(&file, threads, || ())?)?;
        }
        options::Command::Pages(file) => {
            let mut kib = None;
            sum::sum_of_map(&file, 1, || kib = system::mapped_in_huge_pages_kib())?;
            let kib = kib.ok_or_else(|| io::Error::other("the system does not tell"))?;
            writeln!(out, "{kib} KiB")?;
        }
        options::Command::Inflate(threads, file) => {
            writeln!(out, "{}", inflate::inflate(&file, threads)?)?;
        }
        options::Command::Timed(arguments) => writeln!(out, "{}", timed::timed(&arguments)?)?,
        options::Command::Instructions(options) => {
            let siptriage = match &options.siptriage {
                Some(path) => absolute(path)?,
                None => build()?,
            };
            let folder = data_folder(options.folder.as_deref())?.join("instructions");
            return instructions::check(&options, &siptriage, &folder, &mut out);
        }
        options::Command::Measure(options) => measure(&options, &mut out)?,
    }
    out.flush()?;
    Ok(true)
}

fn measure(options: &options::Measure, out: &mut dyn Write) -> io::Result<()> {
    let mut log = io::stderr();
    if cfg!(debug_assertions) {
        writeln!(
            log,
            "This is a debug build: the sum loop is no limit. Use --release."
        )?;
    }
    let siptriage = match &options.siptriage {
        Some(path) => absolute(path)?,
        None => build()?,
    };
    let absolute_if = |path: &Option<PathBuf>| path.as_deref().map(absolute).transpose();
    let (portable, rg) = (absolute_if(&options.portable)?, absolute_if(&options.rg)?);
    let plan = Plan {
        goals: options.goals.clone(),
        full: options.full,
        shrink: options.shrink,
        cache: options.cache,
        pairs: options.pairs,
        folder: data_folder(options.folder.as_deref())?,
        tools: Tools::find(siptriage, portable, rg),
    };
    let machine = Machine::look(&plan.tools);
    let results = plan.run(&mut log)?;
    let lines = goals::lines(
        &plan.goals,
        &results,
        plan.full,
        plan.shrink,
        machine::vectors(),
    );
    let how = How {
        pairs: plan.pairs,
        shrink: plan.shrink,
        cache: plan.cache,
        markdown: options.markdown,
    };
    write!(out, "{}", page::page(&machine, &lines, &results, how))?;
    if let Some(path) = &options.page {
        let how = How {
            markdown: true,
            ..how
        };
        let figures = page::page(&machine, &lines, &results, how);
        fs::write(
            path,
            page::with_figures(&fs::read_to_string(path)?, &figures)?,
        )?;
    }
    if let Some(path) = &options.json {
        let told = serde_json::json!({
            "machine": machine,
            "pairs": plan.pairs,
            "shrink": plan.shrink,
            "goals": lines.iter().map(goal_as_json).collect::<Vec<_>>(),
            "anonymous_kib": results.anonymous_kib,
            "runs": measure::runs_as_json(&results, plan.shrink),
        });
        fs::write(
            path,
            serde_json::to_vec_pretty(&told).map_err(io::Error::from)?,
        )?;
    }
    Ok(())
}

fn goal_as_json(line: &goals::Line) -> serde_json::Value {
    serde_json::json!({
        "goal": line.goal.word(),
        "what": line.what,
        "wanted": line.wanted(),
        "measured": line.figure.as_ref().ok(),
        "short_by": line.short_by(),
        "verdict": line.verdict(),
    })
}

/// A path that holds wherever a command runs.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// The folder of cargo that this program is in; of its own path, two folders up.
fn target_folder() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2);
    Ok(target.unwrap_or(Path::new("target")).to_owned())
}

fn data_folder(asked: Option<&Path>) -> io::Result<PathBuf> {
    let folder = match asked {
        Some(folder) => folder.to_owned(),
        None => target_folder()?.join("bench-data"),
    };
    fs::create_dir_all(&folder)?;
    absolute(&folder)
}

/// Builds siptriage as it is in this checkout and as it is given to users, so that never an old or
/// another one is measured.
fn build() -> io::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "build",
        "--release",
        "--quiet",
        "--locked",
        "-p",
        "siptriage",
    ]);
    command
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"));
    command.arg("--target-dir").arg(target_folder()?);
    // What cargo told this program about itself is not for the build of another.
    command
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_PKG_NAME");
    let status = command.stdin(Stdio::null()).status()?;
    if !status.success() {
        return Err(io::Error::other(
            "siptriage could not be built; see --siptriage",
        ));
    }
    let path = target_folder()?
        .join("release")
        .join(format!("siptriage{}", std::env::consts::EXE_SUFFIX));
    absolute(&path)
}
