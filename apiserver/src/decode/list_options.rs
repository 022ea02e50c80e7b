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
        let initial_events = request.param("sendInitialEvents").map(is_yes);
        let (limit, timeout) = (text("limit").map(whole).transpose()?, text("timeoutSeconds").map(whole).transpose()?);
        let faults = faults(request, initial_events.is_some());
        if !faults.is_empty() {
            return Err(Status::invalid_value("meta.k8s.io", "ListOptions", "", &faults.into_errors()));
        }
        Ok(Self {
            labels: text("labelSelector").unwrap_or_default().into(),
            fields: text("fieldSelector").unwrap_or_default().into(),
            revision: text("resourceVersion").map(revision).transpose()?,
            matching: text("resourceVersionMatch").map(|text| if text == EXACT { Match::Exact } else { Match::NotOlderThan }),
            limit: limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0),
            next: text("continue").map(str::to_owned),
            timeout: timeout.filter(|seconds| *seconds > 0).map(Duration::from_secs),
            bookmarks: request.param("allowWatchBookmarks").is_some_and(is_yes),
            initial_events,
        })
    }
}

/// `resourceVersionMatch` for exactly one revision.
pub(crate) const EXACT: &str = "Exact";
const NOT_OLDER: &str = "NotOlderThan";

/// What upstream's `ValidateListOptions` finds.
fn faults(request: &Request, initial_events: bool) -> Faults {
    let mut faults = Faults::default();
    let path = Path::new("resourceVersionMatch");
    let text = |name: &str| request.param(name).unwrap_or_default();
    let (matching, watch) = (text("resourceVersionMatch"), request.verb == Verb::Watch);
    if watch && initial_events && matching != NOT_OLDER {
        faults.forbidden(&path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if !matching.is_empty() {
        // A watch from exactly a revision is one of the past: ours, not upstream's.
        match_faults(&text, watch && matching != EXACT, initial_events, &mut faults);
    }
    if !watch && initial_events {
        faults.forbidden(&Path::new("sendInitialEvents"), "sendInitialEvents is forbidden for list");
    }
    faults
}

/// What is wrong with a `resourceVersionMatch`.
fn match_faults<'a>(text: &dyn Fn(&str) -> &'a str, watch: bool, initial_events: bool, faults: &mut Faults) {
    let path = Path::new("resourceVersionMatch");
    let (matching, asked, goes_on) = (text("resourceVersionMatch"), text("resourceVersion"), !text("continue").is_empty());
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

/// A whole number above zero; any other stands for none.
fn whole(text: &str) -> Result<u64, Status> {
    let number = parse_int(text).map_err(Status::bad_request)?;
    Ok(u64::try_from(number).unwrap_or_default())
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
            (Verb::Watch, "resourceVersionMatch=NotOlderThan", "forbidden for watch unless sendInitialEvents is provided"),
        ] {
            let message = told(verb, query);
            assert!(message.starts_with("ListOptions.meta.k8s.io") && message.contains(why), "{query}: {message}");
        }
        let good = ListOptions::read(&asked(Verb::Watch, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan")).unwrap();
        assert_eq!((good.initial_events, good.limit), (Some(true), None));
        assert_eq!(ListOptions::read(&asked(Verb::List, "limit=-1&timeoutSeconds=0")).unwrap().limit, None);
    }
}
