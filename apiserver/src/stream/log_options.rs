//! `core/v1 PodLogOptions`: what is asked of a log.

use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::request::param;
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use serde_json::Value;

use crate::connect::is_set;
use crate::http::write_query;

/// Parameters that are yes or no.
const FLAGS: [&str; 3] = ["follow", "previous", "timestamps"];
/// Parameters that are numbers, and the least each may be.
const NUMBERS: [(&str, i64); 3] = [("limitBytes", 1), ("sinceSeconds", 1), ("tailLines", 0)];
/// Where lines were written to.
const STREAMS: [&str; 3] = ["All", "Stderr", "Stdout"];

/// What is asked of a log. Certificates of kubelets are verified whether that is asked or not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LogOptions {
    /// The container; empty for the only one.
    pub container: String,
    /// What its kubelet is asked.
    pub query: String,
}

impl LogOptions {
    /// What `query` asks of a log of the pod called `pod`. What is no option of a log is left out.
    ///
    /// # Errors
    /// 400 for numbers and times that are none, 422 in upstream's words for those that make no sense.
    pub fn read(pod: &str, query: &[(String, String)]) -> Result<Self, Status> {
        let mut pairs: Vec<(String, String)> =
            FLAGS.iter().filter(|name| is_set(query, name)).map(|name| ((*name).to_owned(), "true".to_owned())).collect();
        let mut faults = Faults::default();
        for (name, least) in NUMBERS {
            let Some(number) = param(query, name).map(number).transpose()? else { continue };
            match least {
                0 => faults.not_negative(&Path::new(name), Some(&number.into())),
                _ if number < least => faults.invalid(&Path::new(name), &number.into(), "must be greater than 0"),
                _ => {}
            }
            pairs.push((name.to_owned(), number.to_string()));
        }
        if let Some(text) = param(query, "sinceTime").filter(|text| !text.is_empty()) {
            pairs.push(("sinceTime".to_owned(), time(text)?));
        }
        let given = |name: &str| pairs.iter().any(|(known, _)| known == name);
        if given("sinceSeconds") && given("sinceTime") {
            faults.forbidden(&Path::new(""), "at most one of `sinceTime` or `sinceSeconds` may be specified");
        }
        if let Some(stream) = param(query, "stream") {
            faults.one_of(&Path::new("stream"), Some(&Value::from(stream)), &STREAMS);
            if stream != "All" && given("tailLines") {
                faults.forbidden(&Path::new(""), "`tailLines` and specific `stream` are mutually exclusive for now");
            }
            pairs.push(("stream".to_owned(), stream.to_owned()));
        }
        let faults = faults.into_errors();
        if !faults.is_empty() {
            return Err(Status::invalid_value("", "PodLogOptions", pod, &faults));
        }
        Ok(Self { container: param(query, "container").unwrap_or_default().to_owned(), query: write_query(&pairs) })
    }
}

fn number(text: &str) -> Result<i64, Status> {
    let why = |error: std::num::ParseIntError| match error.kind() {
        std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    };
    text.parse().map_err(|error| Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: {}", why(error))))
}

/// To the second, as upstream tells kubelets.
fn time(text: &str) -> Result<String, Status> {
    let wrong = || format!("parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\"");
    Time::parse(text).map(Time::seconds).ok_or_else(|| Status::bad_request(wrong()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> Result<LogOptions, Status> {
        let pairs: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        LogOptions::read("p", &pairs)
    }

    #[test]
    fn a_kubelet_is_asked_for_the_first_of_each_option_and_for_nothing_else() {
        let asked = [
            ("container", "a"),
            ("container", "b"),
            ("follow", "True"),
            ("previous", "FALSE"),
            ("previous", "true"),
            ("tailLines", "3"),
            ("tailLines", "9"),
            ("sinceTime", "2026-01-02T03:04:05.6+01:00"),
            ("insecureSkipTLSVerifyBackend", "true"),
            ("own", "x"),
        ];
        let query = "follow=true&tailLines=3&sinceTime=2026-01-02T02%3A04%3A05Z".to_owned();
        assert_eq!(read(&asked).unwrap(), LogOptions { container: "a".into(), query });
        assert_eq!(read(&[]).unwrap(), LogOptions { container: String::new(), query: String::new() });
    }

    #[test]
    fn options_that_make_no_sense_are_refused_in_upstreams_words() {
        for (query, code, message) in [
            (vec![("tailLines", "x")], 400, "strconv.ParseInt: parsing \"x\": invalid syntax"),
            (vec![("tailLines", "-1")], 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
            (vec![("limitBytes", "0")], 422, "limitBytes: Invalid value: 0: must be greater than 0"),
            (
                vec![("stream", "Out")],
                422,
                "stream: Unsupported value: \"Out\": supported values: \"All\", \"Stderr\", \"Stdout\"",
            ),
            (
                vec![("sinceSeconds", "1"), ("sinceTime", "2026-01-02T03:04:05Z")],
                422,
                "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
            ),
            (
                vec![("stream", "Stdout"), ("tailLines", "1")],
                422,
                "Forbidden: `tailLines` and specific `stream` are mutually exclusive for now",
            ),
        ] {
            let refused = read(&query).unwrap_err();
            assert!(refused.message.ends_with(message), "{}", refused.message);
            assert_eq!(refused.code(), code, "{message}");
        }
    }
}
