//! The notation that a client reads errors in.

use http::header::{ACCEPT, HeaderValue, USER_AGENT};
use http::{Request, Response, Uri};
use kontiki_api::request::param;
use kontiki_api::status::Status;

use super::Body;
use super::encode::indented;
use super::query::parse_query;
use super::refusal::{dress, refusal, with_type};
use crate::encode::{Offers, negotiate};

/// What of a request says how its refusal is to be written.
pub(super) struct Notation {
    uri: Uri,
    accept: Option<HeaderValue>,
    agent: Option<HeaderValue>,
}

impl Notation {
    /// Of `request`.
    pub fn of<B>(request: &Request<B>) -> Self {
        let header = |name| request.headers().get(name).cloned();
        Self { uri: request.uri().clone(), accept: header(ACCEPT), agent: header(USER_AGENT) }
    }

    /// `status` in that notation: YAML, JSON, or lines that people can read; these also for who accepts nothing that there is.
    pub fn refusal(&self, status: &Status) -> Response<Body> {
        let text =
            |header: &Option<HeaderValue>| header.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let pretty = is_pretty(self.uri.query().unwrap_or_default(), &text(&self.agent));
        let value = || status.to_value();
        let answer = match negotiate(&text(&self.accept), Offers::Whole) {
            _ if !status.details.plain.is_empty() => return refusal(status),
            Ok(wanted) if wanted.yaml => {
                with_type(status.code(), "application/yaml", Body::from(kontiki_api::yaml::write(&value())))
            }
            Ok(wanted) if !wanted.pretty && !pretty => return refusal(status),
            _ => indented(status.code(), &value()),
        };
        dress(answer, status)
    }
}

/// People at a terminal or browser get lines they can read.
pub(super) fn is_pretty(query: &str, agent: &str) -> bool {
    let asked = if query.contains("pretty") { parse_query(query) } else { Vec::new() };
    match param(&asked, "pretty") {
        Some("") | None => ["curl", "Wget", "Mozilla/5.0"].iter().any(|people| agent.starts_with(people)),
        Some(value) => matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_lines() {
        assert!(is_pretty("", "curl/8") && is_pretty("pretty=", "curl/8") && is_pretty("limit=1&pretty=1", ""));
        assert!(!is_pretty("pretty=false", "curl/8") && !is_pretty("pretty=yes", "curl/8") && !is_pretty("", "kubectl/v1.36"));
    }

    #[test]
    fn an_error_is_told_in_the_notation_that_is_accepted() {
        let told = |accept: &'static str| {
            let request = Request::builder().header(ACCEPT, accept).body(()).unwrap();
            let response = Notation::of(&request).refusal(&Status::bad_request("no"));
            let Body::Full(body) = response.body() else { panic!("{accept} is answered in pieces") };
            (response.headers()["content-type"].to_str().unwrap().to_owned(), String::from_utf8(body.to_vec()).unwrap())
        };
        assert!(told("application/json").1.ends_with("}\n"));
        assert!(told("application/yaml").1.starts_with("apiVersion: v1\n") && told("application/yaml").0 == "application/yaml");
        assert!(told("text/html").1.starts_with("{\n  \"kind\": \"Status\"") && told("text/html").1.ends_with('}'));
    }
}
