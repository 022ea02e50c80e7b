//! `metav1.ListOptions`.

use std::time::Duration;

use kontiki_api::meta::Revision;
use kontiki_api::request::Request;
use kontiki_api::status::Status;

use super::write_options::invalid_option;

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
    /// Whether a watch starts with what is there, closed by a bookmark.
    pub initial_events: bool,
}

impl ListOptions {
    /// Reads the query of `request`.
    ///
    /// # Errors
    /// 422 or 400 naming a wrong option.
    pub fn read(request: &Request) -> Result<Self, Status> {
        let text = |name: &str| request.param(name).filter(|text| !text.is_empty());
        let flag = |name: &str| matches!(request.param(name), Some("true" | "1"));
        let matching = matching(text("resourceVersionMatch"))?;
        let revision = text("resourceVersion").map(revision).transpose()?;
        if matching.is_some() && revision.is_none() && !flag("sendInitialEvents") {
            return Err(forbidden_match("resourceVersionMatch is forbidden unless resourceVersion is provided"));
        }
        if matching == Some(Match::Exact) && revision == Some(Revision::ZERO) {
            return Err(forbidden_match(r#"resourceVersionMatch "exact" is forbidden for resourceVersion "0""#));
        }
        Ok(Self {
            labels: text("labelSelector").unwrap_or_default().into(),
            fields: text("fieldSelector").unwrap_or_default().into(),
            revision,
            matching,
            limit: text("limit").map(limit).transpose()?.filter(|limit| *limit > 0),
            next: text("continue").map(str::to_owned),
            timeout: text("timeoutSeconds").map(seconds).transpose()?.filter(|timeout| !timeout.is_zero()),
            bookmarks: flag("allowWatchBookmarks"),
            initial_events: flag("sendInitialEvents"),
        })
    }
}

fn matching(text: Option<&str>) -> Result<Option<Match>, Status> {
    match text {
        None => Ok(None),
        Some("NotOlderThan") => Ok(Some(Match::NotOlderThan)),
        Some("Exact") => Ok(Some(Match::Exact)),
        Some(other) => Err(invalid_option("resourceVersionMatch", other, r#"supported values: "Exact", "NotOlderThan", """#)),
    }
}

fn forbidden_match(why: &str) -> Status {
    Status::new(
        kontiki_api::status::Reason::Invalid,
        format!("ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: {why}"),
    )
}

/// Reads a `resourceVersion`.
///
/// # Errors
/// 400 where it is none of ours.
pub(crate) fn revision(text: &str) -> Result<Revision, Status> {
    Revision::parse(text)
        .ok_or_else(|| Status::bad_request(format!("Invalid value: {text:?}: resourceVersion must be a whole number")))
}

fn limit(text: &str) -> Result<usize, Status> {
    text.parse().map_err(|_| Status::bad_request(format!("limit: Invalid value: {text:?}: must be a whole number")))
}

fn seconds(text: &str) -> Result<Duration, Status> {
    let whole = text
        .parse()
        .map_err(|_| Status::bad_request(format!("timeoutSeconds: Invalid value: {text:?}: must be a whole number")))?;
    Ok(Duration::from_secs(whole))
}
