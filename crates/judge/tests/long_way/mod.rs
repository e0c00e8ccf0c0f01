//! The long way to what a case says: every field looked up by its name, every condition held to as
//! it is written, every dialog judged in full. The short ways must end in the same place.

use siptriage_diagnostics::MediaSide;
use siptriage_facts::{Candidates, Carrier, PartyTraits};
use siptriage_judge::{Case, End, Judge, Judged, Kind, Location, MediaView, Relay};

/// Fails unless every case of a judge is what the long way gives. How many cases it has, and how
/// many of them a rule decided.
pub(crate) fn check(judge: &Judge<'_>) -> (usize, usize) {
    let (mut cases, mut decided) = (0, 0);
    for case in judge.cases() {
        cases += 1;
        let id = case.call_id;
        assert_eq!(judge.case(&id.text()).as_ref(), Some(&case), "{id}");
        let matching = judge.rules().matching(&case);
        let first = matching.first().map(|rule| &*rule.id);
        let rule = case.decision.rule.map(|rule| &*rule.id);
        assert_eq!(rule, first, "{id}: {case:?}");
        assert_eq!(judge.rules().decide(&case), case.decision, "{id}");
        decided += usize::from(rule.is_some());
        for (end, side) in [
            (&case.caller, MediaSide::Caller),
            (&case.callee, MediaSide::Callee),
        ] {
            let want = media_of(&case, end, side);
            assert_eq!((end.location, end.relay, end.site), want, "{id} {side:?}");
        }
    }
    let mut in_order = judge.cases_in_order().map(|case| case.call_id);
    assert!(in_order.by_ref().is_sorted());
    // In shares, the last of which is not full.
    let shares = || {
        let starts = (0..cases).step_by(7);
        starts.map(|start| start..start + 7)
    };
    assert_eq!(judge.judged(shares()).count(), cases);
    for (judged, case) in judge.judged(shares()).zip(judge.cases()) {
        match judged {
            Judged::Call(call) => assert_eq!(call, case),
            Judged::Other(other) => {
                assert_ne!(other.kind, Kind::Call);
                let own = (other.dialog, other.kind, other.outcome, other.caller);
                let want = (case.dialog, case.kind, case.outcome, case.caller.address);
                assert_eq!(own, want, "{}", case.call_id);
            }
        }
    }
    (cases, decided)
}

/// Location, relay and site of an end, by all that media sections say of it.
fn media_of<'f>(
    case: &Case<'f>,
    end: &End<'f>,
    side: MediaSide,
) -> (Location, Relay<'f>, Option<&'f str>) {
    // Media debug before quality reports, what an end says of itself before what the other says.
    let of_quality = |view: &MediaView<'_>| view.diagnosis.carrier == Carrier::Qoe;
    let (quality, debug): (Vec<_>, Vec<_>) = case.media().partition(of_quality);
    let views: Vec<MediaView<'f>> = debug.into_iter().chain(quality).collect();
    let own = || views.iter().filter(|view| view.side == Some(side));
    let others = || {
        let known = views.iter().filter(|view| view.side.is_some());
        known.filter(|view| view.side != Some(side))
    };
    let known = |location: &Location| *location != Location::Unknown;
    let location = (own().map(|view| view.local).find(known))
        .or_else(|| others().map(|view| view.remote).find(known));
    let one_of = |view: &MediaView<'f>, names: &[&str]| {
        let mut values = names.iter().filter_map(|name| address(view.field(name)?));
        values.next()
    };
    let relay = own().find_map(|view| one_of(view, &["LocalMR", "RelayAddress.IPAddr"]));
    let relay = relay.or_else(|| others().find_map(|view| one_of(view, &["RemoteMR"])));
    let site = own().find_map(|view| one_of(view, &["LocalSite", "LocalAddr.IPAddr"]));
    let site = site
        .or_else(|| others().find_map(|view| one_of(view, &["RemoteSite", "RemoteAddr.IPAddr"])));
    let told = own().any(|view| {
        let more = ["RemoteSite", "PortRange", "LocalLocation", "RemoteLocation"];
        view.field("LocalSite").and_then(address).is_some()
            && more.iter().any(|name| view.field(name).is_some())
    });
    let party = end.tag.and_then(|tag| case.dialog.parties.get(&tag));
    let is = |traits| party.is_some_and(|party| party.traits.has(traits));
    let said = match (is(PartyTraits::INTRANET), is(PartyTraits::INTERNET)) {
        (true, false) => Location::Inside,
        (false, true) => Location::Outside,
        _ => Location::Unknown,
    };
    let candidates = party.map_or(Candidates::default(), |party| party.candidates);
    let untyped = Candidates::UNTYPED_UDP.and(Candidates::UNTYPED_TCP);
    let relay = match relay {
        Some(relay) => Relay::Present(relay),
        None if candidates.has_any(Candidates::RELAY) => Relay::Present(""),
        None if told || !candidates.is_empty() && !candidates.has_any(untyped) => Relay::Absent,
        None => Relay::NotStated,
    };
    (location.unwrap_or(said), relay, site.map(without_port))
}

/// A field that names an address, not the empty or the unspecified one.
fn address(value: &str) -> Option<&str> {
    let value = value.trim();
    let is_stated = !matches!(without_port(value), "" | "0.0.0.0" | "::");
    is_stated.then_some(value)
}

fn without_port(address: &str) -> &str {
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    let Some((host, port)) = address.rsplit_once(':') else {
        return address;
    };
    let host = host.strip_suffix(':').unwrap_or(host);
    if host.contains(':') || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return address;
    }
    host
}
