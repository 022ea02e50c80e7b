//! `dryRun`, `fieldManager`, `fieldValidation`, `force`.

use kontiki_api::Text;
use kontiki_api::decode::FieldValidation;
use kontiki_api::go::is_printable;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::request::{Request, Verb, is_yes};
use kontiki_api::status::Status;

/// The query of a write.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// Everything is done but the commit.
    pub dry_run: bool,
    /// Who manages the fields written.
    pub manager: Text,
    /// An apply takes over what others manage.
    pub force: bool,
    /// What becomes of unknown and duplicate fields.
    pub validation: FieldValidation,
}

/// `fieldManager` may be this long, in bytes.
const MANAGER_MAX: usize = 128;
/// What the media types of applied configurations begin with.
const APPLY: &str = "application/apply-patch";

impl WriteOptions {
    /// Reads the query of `request`.
    ///
    /// # Errors
    /// 422 naming each wrong option.
    pub fn read(request: &Request) -> Result<Self, Status> {
        let dry_runs: Vec<&str> = values(request, "dryRun").collect();
        let named = request.param("fieldManager").unwrap_or_default();
        let force = request.param("force");
        let validation = request.param("fieldValidation").unwrap_or_default();
        let read = FieldValidation::parse(validation);
        // Deletions have no such options, and let any words pass.
        let deletes = matches!(request.verb, Verb::Delete | Verb::DeleteCollection);
        let applies = is_apply(request);
        let mut faults = Faults::default();
        if applies && named.is_empty() {
            faults.required(&Path::new("fieldManager"), "is required for apply patch");
        }
        if request.verb == Verb::Patch && !applies && force.is_some() {
            faults.forbidden(&Path::new("force"), "may not be specified for non-apply patch");
        }
        if !deletes {
            check_manager(named, &mut faults);
        }
        check_dry_run(&dry_runs, &mut faults);
        if read.is_none() && !deletes {
            faults.unsupported(&Path::new("fieldValidation"), validation, &FieldValidation::WORDS);
        }
        if !faults.is_empty() {
            return Err(refused_for(request.verb, faults));
        }
        Ok(Self {
            dry_run: !dry_runs.is_empty(),
            manager: if named.is_empty() { from_agent(&request.agent).into() } else { named.into() },
            force: force.is_some_and(is_yes),
            validation: read.unwrap_or_default(),
        })
    }
}

fn values<'a>(request: &'a Request, name: &str) -> impl Iterator<Item = &'a str> {
    request.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn is_apply(request: &Request) -> bool {
    request.verb == Verb::Patch && request.content_type.starts_with(APPLY)
}

fn check_manager(name: &str, faults: &mut Faults) {
    let field = Path::new("fieldManager");
    if name.len() > MANAGER_MAX {
        faults.too_long(&field, MANAGER_MAX);
    }
    for (at, letter) in name.char_indices().filter(|(_, letter)| !is_printable(*letter)) {
        faults.invalid_text(&field, name, format!("invalid character U+{:04X} (at position {at})", u32::from(letter)));
    }
}

/// All of `dryRun` must say `All`; upstream tells the whole list of it.
pub fn check_dry_run(values: &[&str], faults: &mut Faults) {
    if values.iter().any(|value| *value != "All") {
        faults.unsupported_value(&Path::new("dryRun"), &values.into(), std::iter::once("All".into()));
    }
}

/// The first word of `User-Agent` before its version, as upstream names unnamed managers.
fn from_agent(agent: &str) -> String {
    let mut name = String::new();
    for letter in agent.split('/').next().unwrap_or_default().chars().filter(|letter| is_printable(*letter)) {
        if name.len() + letter.len_utf8() > MANAGER_MAX {
            break;
        }
        name.push(letter);
    }
    name
}

/// 422 about the options of `verb`, under upstream's name of them.
pub fn refused(verb: Verb, find: impl FnOnce(&mut Faults)) -> Status {
    let mut faults = Faults::default();
    find(&mut faults);
    refused_for(verb, faults)
}

fn refused_for(verb: Verb, faults: Faults) -> Status {
    let kind = match verb {
        Verb::Create => "CreateOptions",
        Verb::Update => "UpdateOptions",
        Verb::Patch => "PatchOptions",
        Verb::Delete | Verb::DeleteCollection => "DeleteOptions",
        Verb::Get | Verb::List | Verb::Watch => "ListOptions",
    };
    Status::invalid_value("meta.k8s.io", kind, "", &faults.into_errors())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::asked;

    #[test]
    fn a_flag_without_a_value_is_set() {
        let force = |query: &str| {
            let mut request = asked(Verb::Patch, query);
            request.content_type = "application/apply-patch+yaml".into();
            WriteOptions::read(&request).unwrap().force
        };
        let manager = "fieldManager=m";
        assert!(force(&format!("{manager}&force=")) && force(&format!("{manager}&force=true")));
        assert!(!force(manager) && !force(&format!("{manager}&force=False")) && !force(&format!("{manager}&force=0")));
    }

    #[test]
    fn programs_are_known_by_their_first_word() {
        assert_eq!(from_agent("kubectl/v1.33.0 (linux/amd64)"), "kubectl");
        assert_eq!(from_agent("my prog\u{7}ram"), "my program");
        assert_eq!(from_agent(&"ä".repeat(100)).len(), 128);
        assert_eq!(from_agent(""), "");
    }
}
