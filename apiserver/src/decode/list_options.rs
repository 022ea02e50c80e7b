//! `metav1.ListOptions`.

use std::time::Duration;

use kontiki_api::go::{parse_int, parse_uint, quoted};
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::meta::Revision;
use kontiki_api::request::{Request, Verb, is_yes};
use kontiki_api::status::Status;

/// `resourceVersionMatch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// At least as new as the revision.
    NotOlderThan,
    /// Exactly the revision.
    Exact,
}

/// What of a collection is asked for, and as of when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListOptions {
    /// `labelSelector`.
    pub labels: String,
    /// `fieldSelector`.
    pub fields: String,
    /// `resourceVersion`; `None` for the newest.
    pub revision: Option<Revision>,
    /// `resourceVersionMatch`.
    pub matching: Option<Match>,
    /// Most items of a page; `None` for all.
    pub limit: Option<usize>,
    /// Token of the page.
    pub next: Option<String>,
    /// How long a watch lasts.
    pub timeout: Option<Duration>,
    /// Whether a watch wants bookmarks.
    pub bookmarks: bool,
    /// Whether a watch starts with what is there, closed by a bookmark; `None` lets the revision decide.
    pub initial_events: Option<bool>,
}

impl ListOptions {
    /// Reads the query of `request`.
    ///
    /// # Errors
    /// 422 or 400 naming a wrong option.
    pub fn read(request: &Request) -> Result<Self, Status> {
        let text = |name: &str| request.param(name).filter(|text| !text.is_empty());
        let number = |name: &str| request.param(name).map(parse_int).transpose().map_err(Status::bad_request);
        let (limit, timeout) = (number("limit")?, number("timeoutSeconds")?);
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
        let starts = starts_with_all(request);
        let initial_events = if starts { Some(true) } else { request.param("sendInitialEvents").map(is_yes) };
        let faults = faults(request, initial_events.is_some(), starts);
        if !faults.is_empty() {
            return Err(Status::invalid_value("meta.k8s.io", "ListOptions", "", &faults.into_errors()));
        }
        let next = text("continue").map(str::to_owned);
        // The token says which revision the rest of a list is of.
        let asked = text("resourceVersion").filter(|_| next.is_none());
        let asked = asked.map(revision).transpose()?;
        let matching = match text("resourceVersionMatch") {
            Some(EXACT) => Some(Match::Exact),
            Some(_) => Some(Match::NotOlderThan),
            // As upstream: the first page of a list is of the revision that was asked for.
            None if request.verb == Verb::List && limit.is_some() && asked.is_some_and(|asked| asked != Revision::ZERO) => {
                Some(Match::Exact)
            }
            None => None,
        };
        Ok(Self {
            labels: text("labelSelector").unwrap_or_default().into(),
            fields: text("fieldSelector").unwrap_or_default().into(),
            revision: asked,
            matching,
            limit,
            next,
            timeout: timeout.filter(|seconds| *seconds != 0).map(lasting),
            bookmarks: request.param("allowWatchBookmarks").is_some_and(is_yes),
            initial_events,
        })
    }
}

/// `resourceVersionMatch` for exactly one revision.
pub(crate) const EXACT: &str = "Exact";
const NOT_OLDER: &str = "NotOlderThan";

/// Whether a watch that does not say so starts with all there is (`SetListOptionsDefaults` upstream): it is from no revision.
fn starts_with_all(request: &Request) -> bool {
    let text = |name: &str| request.param(name).unwrap_or_default();
    request.verb == Verb::Watch
        && request.param("sendInitialEvents").is_none()
        && matches!(text("resourceVersion"), "" | "0")
        && ["resourceVersionMatch", "time"].into_iter().all(|name| text(name).is_empty())
}

/// What upstream's `ValidateListOptions` finds; `starts` where [`starts_with_all`] holds.
fn faults(request: &Request, initial_events: bool, starts: bool) -> Faults {
    let mut faults = Faults::default();
    let path = Path::new("resourceVersionMatch");
    let text = |name: &str| request.param(name).unwrap_or_default();
    let matching = if starts { NOT_OLDER } else { text("resourceVersionMatch") };
    let watch = request.verb == Verb::Watch;
    if watch && initial_events && matching != NOT_OLDER {
        faults.forbidden(&path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if !matching.is_empty() {
        // A watch from exactly a revision is one of the past: ours, not upstream's.
        match_faults(&text, matching, watch && (initial_events || matching != EXACT), initial_events, &mut faults);
    }
    if !watch && initial_events {
        faults.forbidden(&Path::new("sendInitialEvents"), "sendInitialEvents is forbidden for list");
    }
    faults
}

/// What is wrong with a `resourceVersionMatch`.
fn match_faults<'a>(text: &dyn Fn(&str) -> &'a str, matching: &str, watch: bool, initial_events: bool, faults: &mut Faults) {
    let path = Path::new("resourceVersionMatch");
    let (asked, goes_on) = (text("resourceVersion"), !text("continue").is_empty());
    if watch && !initial_events {
        faults.forbidden(&path, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    if !watch && asked.is_empty() {
        faults.forbidden(&path, "resourceVersionMatch is forbidden unless resourceVersion is provided");
    }
    if !watch && goes_on {
        faults.forbidden(&path, "resourceVersionMatch is forbidden when continue is provided");
    }
    let allowed: &[&str] = if watch { &[NOT_OLDER] } else { &[EXACT, NOT_OLDER, ""] };
    if !allowed.contains(&matching) {
        faults.unsupported(&path, matching, allowed);
    }
    if watch && goes_on {
        faults.forbidden(&path, "resourceVersionMatch is forbidden when continue is provided");
    }
    if !watch && matching == EXACT && asked == "0" {
        faults.forbidden(&path, r#"resourceVersionMatch "exact" is forbidden for resourceVersion "0""#);
    }
}

/// Reads a `resourceVersion`.
///
/// # Errors
/// 400 where it is none of ours.
pub(crate) fn revision(text: &str) -> Result<Revision, Status> {
    parse_uint(text).map(Revision).map_err(|why| {
        let why = format!("invalid resource version: resourceVersion: Invalid value: {}: {why}", quoted(text));
        Status::bad_request(why)
    })
}

/// Longer than any watch lasts: what a clock can be asked to wait.
const LONGEST: u64 = i64::MAX as u64 / 1_000_000_000;

/// So many seconds; no time at all where they are below zero.
fn lasting(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::asked;

    #[test]
    fn options_that_do_not_go_together_are_refused() {
        let told = |verb, query: &str| ListOptions::read(&asked(verb, query)).unwrap_err().message;
        for (verb, query, why) in [
            (Verb::List, "resourceVersionMatch=Exact", "forbidden unless resourceVersion is provided"),
            (Verb::List, "resourceVersionMatch=Exact&resourceVersion=0", "forbidden for resourceVersion"),
            (Verb::List, "resourceVersionMatch=Exact&resourceVersion=1&continue=x", "forbidden when continue is provided"),
            (Verb::List, "resourceVersionMatch=Other&resourceVersion=1", "Unsupported value"),
            (Verb::List, "sendInitialEvents=true", "forbidden for list"),
            (Verb::Watch, "sendInitialEvents=true", "requires setting resourceVersionMatch to NotOlderThan"),
            (Verb::Watch, "sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1", "Unsupported value"),
            (Verb::Watch, "continue=x", "forbidden when continue is provided"),
            (Verb::Watch, "resourceVersionMatch=NotOlderThan", "forbidden for watch unless sendInitialEvents is provided"),
        ] {
            let message = told(verb, query);
            assert!(message.starts_with("ListOptions.meta.k8s.io") && message.contains(why), "{query}: {message}");
        }
        let good = ListOptions::read(&asked(Verb::Watch, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan")).unwrap();
        assert_eq!((good.initial_events, good.limit), (Some(true), None));
        let options = ListOptions::read(&asked(Verb::List, "limit=-1&timeoutSeconds=0")).unwrap();
        assert_eq!((options.limit, options.timeout), (None, None));
        for query in ["limit=", "timeoutSeconds="] {
            assert_eq!(told(Verb::List, query), r#"strconv.ParseInt: parsing "": invalid syntax"#);
        }
    }
    #[test]
    fn a_watch_from_no_revision_starts_with_all_there_is() {
        let starts = |query: &str| ListOptions::read(&asked(Verb::Watch, query)).unwrap().initial_events;
        for (query, all) in [
            ("", Some(true)),
            ("resourceVersion=0", Some(true)),
            ("resourceVersion=5", None),
            ("sendInitialEvents=false&resourceVersionMatch=NotOlderThan", Some(false)),
            ("time=2026-01-01T00:00:00Z", None),
        ] {
            assert_eq!(starts(query), all, "{query}");
        }
    }

    #[test]
    fn the_first_page_is_of_the_revision_asked_for() {
        let matching = |query: &str| ListOptions::read(&asked(Verb::List, query)).unwrap().matching;
        assert_eq!(matching("resourceVersion=5&limit=1"), Some(Match::Exact));
        for query in ["resourceVersion=5", "resourceVersion=0&limit=1", "limit=1", "resourceVersion=5&limit=0"] {
            assert_eq!(matching(query), None, "{query}");
        }
        let least = matching("resourceVersion=5&limit=1&resourceVersionMatch=NotOlderThan");
        assert_eq!(least, Some(Match::NotOlderThan));
    }

    #[test]
    fn no_watch_lasts_longer_than_a_clock_can_tell() {
        let lasts = |seconds: i64| ListOptions::read(&asked(Verb::Watch, &format!("timeoutSeconds={seconds}"))).unwrap().timeout;
        assert_eq!((lasts(5), lasts(-1)), (Some(Duration::from_secs(5)), Some(Duration::ZERO)));
        assert!(std::time::Instant::now().checked_add(lasts(i64::MAX).unwrap()).is_some());
    }
}
