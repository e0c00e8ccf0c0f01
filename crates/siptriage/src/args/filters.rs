//! Which calls, diagnoses and messages are asked for, and how calls are judged.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use siptriage_judge::{
    Codes, Conditions, Mask, Medium, Outcome, Statuses, TimeZone, User, Verdict, When,
};

const FILTER: &str = "Filter";
const CALLS: &str = "Calls";

/// Which calls, diagnoses and messages are asked for. The same for every command.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only from then on: 2026-03-02T09:00, 09:00, 2h
    ///
    /// A day (2026-03-02), a time of a day (2026-03-02T09:30), a time of the last day of the
    /// input (09:30), each time also with Z or an offset (09:30+01:00); or, counted from now,
    /// seconds to weeks (30s, 90m, 2h, 3d, 1w), today and yesterday. Times are those of the
    /// reports: UTC where a clock is known, else as the trace writes them; now is in UTC. A call
    /// is taken if any of it was in that time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = FILTER)]
    since: Option<When>,
    /// Only up to then; a day is taken to its end
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = FILTER)]
    until: Option<When>,
    /// Only calls of this address, or part of one
    ///
    /// Either party, in any case. What has a name before its @ is the beginning of an address:
    /// ann@contoso.com is not joann@contoso.com.
    #[arg(long = "user", value_name = "ADDRESS", value_delimiter = ',', help_heading = FILTER)]
    users: Vec<User>,
    /// Only calls whose Call-ID begins so
    #[arg(
        long = "call-id",
        value_name = "ID",
        value_delimiter = ',',
        value_parser = call_id,
        help_heading = FILTER,
        hide_short_help = true
    )]
    call_ids: Vec<String>,
    /// Only this code: 24, 21-25 or 1008,1009
    #[arg(long = "code", value_name = "CODE", value_delimiter = ',', help_heading = FILTER)]
    codes: Vec<Codes>,
    /// Only this ICEWarn: has:0x20, any:0x300 or is:0x320
    ///
    /// `has` wants all of these bits and allows others, `any` wants one of them, `is` exactly
    /// these. A mask alone is meant with `has`. Code, mask and medium must be found in one
    /// diagnosis, mask and medium in one of its media sections.
    #[arg(
        long = "ice-warn",
        value_name = "MASK",
        value_delimiter = ',',
        help_heading = FILTER,
        hide_short_help = true
    )]
    masks: Vec<Mask>,
    /// Only these media: audio, video, application-sharing, …
    ///
    /// audio, video, application-sharing, file-transfer, im, other, or a label as the trace has
    /// it (main-video).
    #[arg(
        long = "media",
        value_name = "MEDIUM",
        value_delimiter = ',',
        help_heading = FILTER,
        hide_short_help = true
    )]
    media: Vec<Medium>,
    /// Only failed, degraded, benign or unknown calls
    #[arg(
        long = "verdict",
        value_name = "VERDICT",
        value_delimiter = ',',
        value_parser = verdict(),
        ignore_case = true,
        help_heading = FILTER,
        hide_possible_values = true
    )]
    verdicts: Vec<Verdict>,
    /// Only this outcome: failed, dropped, busy, …
    #[arg(
        long = "outcome",
        value_name = "OUTCOME",
        value_delimiter = ',',
        value_parser = outcome(),
        ignore_case = true,
        help_heading = FILTER,
        hide_short_help = true
    )]
    outcomes: Vec<Outcome>,
    /// Only this final status: 488, 4xx or 400-499
    #[arg(
        long = "status",
        value_name = "STATUS",
        value_delimiter = ',',
        help_heading = FILTER,
        hide_short_help = true
    )]
    statuses: Vec<Statuses>,
    /// Only calls with an end at this site; needs --sites
    #[arg(
        id = "site",
        long = "site",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = FILTER,
        hide_short_help = true
    )]
    sites: Vec<String>,
}

impl FilterArgs {
    /// The conditions; `trace_format` is the one that is read.
    pub(crate) fn conditions(&self, trace_format: Option<&'static str>) -> Conditions {
        // Named, so that a new option cannot be forgotten here.
        let FilterArgs {
            since,
            until,
            users,
            call_ids,
            codes,
            masks,
            media,
            verdicts,
            outcomes,
            statuses,
            sites,
        } = self;
        Conditions {
            since: *since,
            until: *until,
            users: users.clone(),
            call_ids: call_ids.clone(),
            codes: codes.clone(),
            masks: masks.clone(),
            media: media.clone(),
            verdicts: verdicts.clone(),
            outcomes: outcomes.clone(),
            statuses: statuses.clone(),
            sites: sites.clone(),
            trace_format,
        }
    }
}

/// How calls are judged. The same for every command.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// Zone of local times: +01:00, or PATTERN=+01:00 for some files
    ///
    /// Client logs are written in local time and do not say in which zone. UTC or an offset; in
    /// front of it, for some files only, a pattern of their paths or names (*/lisbon/*=+00:00).
    /// May be repeated; the last that fits a file counts. Where two logs show the same calls, the
    /// offset is estimated without it.
    // A zone may begin with a minus.
    #[arg(
        long = "tz",
        value_name = "ZONE",
        allow_hyphen_values = true,
        help_heading = CALLS,
        hide_short_help = true
    )]
    pub(crate) zones: Vec<TimeZone>,
    /// Rules to judge by, besides those that are built in
    ///
    /// A rule of the same name stands in for one that is built in. See `siptriage rules`.
    #[arg(long = "rules", value_name = "FILE", help_heading = CALLS, hide_short_help = true)]
    pub(crate) rules: Vec<PathBuf>,
    /// Where outcomes and rules draw lines: short_call=10
    ///
    /// Seconds, of short_call, media_set_up and timeout; see docs/rules.md. They stand above those
    /// of files of rules.
    #[arg(
        long = "threshold",
        value_name = "NAME=SECONDS",
        value_parser = threshold,
        help_heading = CALLS,
        hide_short_help = true
    )]
    pub(crate) thresholds: Vec<(String, u32)>,
    /// Names of networks: lines of CIDR,NAME
    ///
    /// As 192.0.2.0/24,Lisbon. Needed for --site and --by site.
    #[arg(long, value_name = "FILE", help_heading = CALLS, hide_short_help = true)]
    pub(crate) sites: Option<PathBuf>,
}

fn threshold(text: &str) -> Result<(String, u32), &'static str> {
    let (name, seconds) = text.split_once('=').unwrap_or((text, ""));
    match (name.trim(), seconds.trim().parse()) {
        (name @ ("short_call" | "media_set_up" | "timeout"), Ok(seconds)) => {
            Ok((name.to_owned(), seconds))
        }
        _ => Err("write short_call=10, media_set_up=60 or timeout=180, in seconds"),
    }
}

fn call_id(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("names no call; write how its Call-ID begins");
    }
    Ok(text.to_owned())
}

fn verdict() -> impl TypedValueParser<Value = Verdict> {
    PossibleValuesParser::new(Verdict::ALL.map(Verdict::name)).try_map(|name| {
        let mut all = Verdict::ALL.into_iter();
        all.find(|verdict| verdict.name().eq_ignore_ascii_case(&name))
            .ok_or("unknown")
    })
}

fn outcome() -> impl TypedValueParser<Value = Outcome> {
    PossibleValuesParser::new(Outcome::ALL.map(Outcome::name)).try_map(|name| {
        let mut all = Outcome::ALL.into_iter();
        all.find(|outcome| outcome.name().eq_ignore_ascii_case(&name))
            .ok_or("unknown")
    })
}
