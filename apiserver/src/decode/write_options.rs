//! `dryRun`, `fieldManager`, `fieldValidation`.

use kontiki_api::Text;
use kontiki_api::decode::FieldValidation;
use kontiki_api::request::Request;
use kontiki_api::status::{Reason, Status, StatusCause};

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
        Some(other) => Err(invalid_option("dryRun", other, r#"supported values: "All""#)),
    }
}

fn manager(request: &Request) -> Result<Text, Status> {
    match request.param("fieldManager") {
        Some(name) if name.len() > MANAGER_MAX => Err(invalid_option("fieldManager", name, "may not be more than 128 bytes")),
        Some(name) if !name.is_empty() => Ok(name.into()),
        _ => Ok(from_agent(&request.agent)),
    }
}

/// The first word of `User-Agent` before its version, as upstream names unnamed managers.
fn from_agent(agent: &Text) -> Text {
    let word = agent.split('/').next().unwrap_or_default();
    if word.len() <= MANAGER_MAX { word.into() } else { "unknown".into() }
}

/// 422 about one option of a request.
pub fn invalid_option(field: &str, value: &str, detail: &str) -> Status {
    let message = format!("Invalid value: {value:?}: {detail}");
    let cause = StatusCause { reason: "FieldValueInvalid".into(), message: message.clone(), field: field.into() };
    Status::new(Reason::Invalid, format!("options.meta.k8s.io \"\" is invalid: {field}: {message}")).because(cause)
}
