//! `dryRun`, `fieldManager`, `fieldValidation`, `force`.

use kontiki_api::Text;
use kontiki_api::decode::FieldValidation;
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
    /// 422 naming the option.
    pub fn read(request: &Request) -> Result<Self, Status> {
        Ok(Self {
            dry_run: dry_run(request)?,
            manager: manager(request)?,
            force: force(request)?,
            validation: validation(request)?,
        })
    }
}

fn dry_run(request: &Request) -> Result<bool, Status> {
    match request.param("dryRun") {
        None | Some("") => Ok(false),
        Some("All") => Ok(true),
        Some(other) => Err(unsupported(request.verb, "dryRun", other, &["All"])),
    }
}

/// Deletions have no such option, and let any word pass.
fn validation(request: &Request) -> Result<FieldValidation, Status> {
    let text = request.param("fieldValidation").unwrap_or_default();
    let deletes = matches!(request.verb, Verb::Delete | Verb::DeleteCollection);
    let read = FieldValidation::parse(text).or_else(|| deletes.then(FieldValidation::default));
    read.ok_or_else(|| unsupported(request.verb, "fieldValidation", text, &FieldValidation::WORDS))
}

fn is_apply(request: &Request) -> bool {
    request.verb == Verb::Patch && request.content_type.starts_with(APPLY)
}

/// Who applies must say who it is; everybody else is known by their program.
fn manager(request: &Request) -> Result<Text, Status> {
    let field = Path::new("fieldManager");
    match request.param("fieldManager") {
        Some(name) if name.len() > MANAGER_MAX => Err(refused(request.verb, |faults| faults.too_long(&field, MANAGER_MAX))),
        Some(name) if !name.chars().all(is_printable) => {
            Err(refused(request.verb, |faults| faults.invalid_text(&field, name, "should only contain printable characters")))
        }
        Some(name) if !name.is_empty() => Ok(name.into()),
        _ if is_apply(request) => Err(refused(request.verb, |faults| faults.required(&field, "is required for apply patch"))),
        _ => Ok(from_agent(&request.agent).into()),
    }
}

fn force(request: &Request) -> Result<bool, Status> {
    let Some(force) = request.param("force") else { return Ok(false) };
    if request.verb == Verb::Patch && !is_apply(request) {
        let field = Path::new("force");
        return Err(refused(request.verb, |faults| faults.forbidden(&field, "may not be specified for non-apply patch")));
    }
    Ok(is_yes(force))
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

fn is_printable(letter: char) -> bool {
    !letter.is_control()
}

/// 422 about an option that has one of some values.
pub fn unsupported(verb: Verb, option: &str, value: &str, allowed: &[&str]) -> Status {
    refused(verb, |faults| faults.unsupported(&Path::new(option), value, allowed))
}

/// 422 about the options of `verb`, under upstream's name of them.
pub fn refused(verb: Verb, find: impl FnOnce(&mut Faults)) -> Status {
    let kind = match verb {
        Verb::Create => "CreateOptions",
        Verb::Update => "UpdateOptions",
        Verb::Patch => "PatchOptions",
        Verb::Delete | Verb::DeleteCollection => "DeleteOptions",
        Verb::Get | Verb::List | Verb::Watch => "ListOptions",
    };
    let mut faults = Faults::default();
    find(&mut faults);
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
