//! `dryRun`, `fieldManager`, `fieldValidation`.

use kontiki_api::Text;
use kontiki_api::decode::FieldValidation;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::request::{Request, Verb};
use kontiki_api::status::Status;

/// The query of a write.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// Everything is done but the commit.
    pub dry_run: bool,
    /// Who manages the fields written.
    pub manager: Text,
    /// What becomes of unknown and duplicate fields.
    pub validation: FieldValidation,
}

/// `fieldManager` may be this long, in bytes.
const MANAGER_MAX: usize = 128;

impl WriteOptions {
    /// Reads the query of `request`.
    ///
    /// # Errors
    /// 422 naming the option.
    pub fn read(request: &Request) -> Result<Self, Status> {
        Ok(Self {
            dry_run: dry_run(request)?,
            manager: manager(request)?,
            validation: FieldValidation::from_param(request.param("fieldValidation"))?,
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

fn manager(request: &Request) -> Result<Text, Status> {
    match request.param("fieldManager") {
        Some(name) if name.len() > MANAGER_MAX => Err(refused(request.verb, |faults| {
            faults.too_long(&Path::new("fieldManager"), MANAGER_MAX);
        })),
        Some(name) if !name.is_empty() => Ok(name.into()),
        _ => Ok(from_agent(&request.agent)),
    }
}

/// The first word of `User-Agent` before its version, as upstream names unnamed managers.
fn from_agent(agent: &Text) -> Text {
    let word = agent.split('/').next().unwrap_or_default();
    if word.len() <= MANAGER_MAX { word.into() } else { "unknown".into() }
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
