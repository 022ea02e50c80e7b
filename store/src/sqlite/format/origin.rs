use kontiki_api::Text;
use kontiki_api::meta::Revision;
use kontiki_api::request::{Cause, User, Verb};
use kontiki_api::time::Time;
use serde::{Deserialize, Serialize};

use super::FormatError;

const VERSION: u8 = 1;

/// Who and why, as the log and the tables carry it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Origin<'a> {
    name: &'a str,
    uid: &'a str,
    #[serde(borrow)]
    groups: Vec<&'a str>,
    extra: Vec<(&'a str, Vec<&'a str>)>,
    cause: CauseForm<'a>,
}

#[derive(Serialize, Deserialize)]
enum CauseForm<'a> {
    Request,
    Pass { reconciler: &'a str, key: &'a str, world: u64, trigger: u64, now_us: i64 },
    System,
}

impl<'a> Origin<'a> {
    /// The form of an actor and a cause.
    pub fn of(actor: &'a User, cause: &'a Cause) -> Self {
        let texts = |list: &'a [Text]| list.iter().map(|text| &**text).collect::<Vec<_>>();
        let extra = actor.extra.iter().map(|(name, values)| (&**name, texts(values))).collect();
        let cause = match cause {
            Cause::Request => CauseForm::Request,
            Cause::System => CauseForm::System,
            Cause::Pass { reconciler, key, world, trigger, now } => {
                let now_us = now.as_micros();
                CauseForm::Pass { reconciler, key, world: world.0, trigger: trigger.0, now_us }
            }
        };
        Self { name: &actor.name, uid: &actor.uid, groups: texts(&actor.groups), extra, cause }
    }

    /// The actor and the cause of the form.
    pub fn parts(&self) -> (User, Cause) {
        let texts = |list: &[&str]| list.iter().copied().map(Text::from).collect::<Vec<_>>();
        let extra = self.extra.iter().map(|(name, values)| (Text::from(*name), texts(values))).collect();
        let actor = User { name: self.name.into(), uid: self.uid.into(), groups: texts(&self.groups), extra };
        let cause = match self.cause {
            CauseForm::Request => Cause::Request,
            CauseForm::System => Cause::System,
            CauseForm::Pass { reconciler, key, world, trigger, now_us } => Cause::Pass {
                reconciler: reconciler.into(),
                key: key.into(),
                world: Revision(world),
                trigger: Revision(trigger),
                now: Time::from_micros(now_us),
            },
        };
        (actor, cause)
    }
}

/// The bytes of [`Origin`] as a column.
pub(crate) fn encode_origin(actor: &User, cause: &Cause) -> Result<Vec<u8>, FormatError> {
    postcard::to_extend(&Origin::of(actor, cause), vec![VERSION]).map_err(|_| FormatError::Undecodable("origin"))
}

/// Reads what [`encode_origin`] wrote.
pub(crate) fn decode_origin(bytes: &[u8]) -> Result<(User, Cause), FormatError> {
    let (version, rest) = bytes.split_first().ok_or(FormatError::Undecodable("origin"))?;
    if *version > VERSION {
        return Err(FormatError::Newer { found: *version, known: VERSION });
    }
    let origin: Origin<'_> = postcard::from_bytes(rest).map_err(|_| FormatError::Undecodable("origin"))?;
    Ok(origin.parts())
}

const VERBS: [Verb; 8] =
    [Verb::Get, Verb::List, Verb::Watch, Verb::Create, Verb::Update, Verb::Patch, Verb::Delete, Verb::DeleteCollection];

/// The number that stands for `verb` on disk.
pub(crate) fn verb_code(verb: Verb) -> u8 {
    VERBS.iter().position(|one| *one == verb).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

/// The verb of a number.
pub(crate) fn verb_of(code: u8) -> Option<Verb> {
    VERBS.get(usize::from(code)).copied()
}
