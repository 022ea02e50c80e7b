//! Objects in the versions of their managers, as a webhook converts them.

use std::sync::Arc;

use kontiki_api::custom::ConversionStrategy;
use kontiki_api::kind::Kind;
use kontiki_api::status::Status;
use parking_lot::Mutex;
use serde_json::Value;

use crate::custom::in_version;
use crate::webhook::Webhooks;

/// Most rounds of conversions for one write; the objects of one are usually known after the first.
const ROUNDS: usize = 6;

/// What a webhook made of objects that field management looks at in other versions.
///
/// Field management itself is pure and asks nobody. It runs with what is known here, and says what it lacks; that is converted,
/// and it runs again.
#[derive(Debug, Default)]
pub(crate) struct Conversions {
    known: Vec<Known>,
    lacking: Mutex<Vec<(Value, Arc<Kind>)>>,
    rounds: usize,
}

#[derive(Debug)]
struct Known {
    object: Value,
    api_version: String,
    converted: Value,
}

impl Conversions {
    /// `object` in the version of `to`; `None` where that is not known, which is noted.
    pub fn find(&self, object: &Value, to: &Arc<Kind>) -> Option<&Value> {
        let api_version = to.api_version();
        let known = self.known.iter().find(|known| known.api_version == api_version && known.object == *object);
        if known.is_none() {
            self.lacking.lock().push((object.clone(), Arc::clone(to)));
        }
        known.map(|known| &known.converted)
    }

    /// Converts what was lacking; whether there was anything, so that another run knows more.
    ///
    /// # Errors
    /// 500 where the webhook fails.
    pub async fn learn(&mut self, webhooks: &Webhooks) -> Result<bool, Status> {
        let lacking = std::mem::take(self.lacking.get_mut());
        if lacking.is_empty() || self.rounds >= ROUNDS {
            return Ok(false);
        }
        self.rounds += 1;
        for (object, to) in lacking {
            let api_version = to.api_version();
            if self.known.iter().any(|known| known.api_version == api_version && known.object == object) {
                continue;
            }
            let converted = in_version(webhooks, &to, object.clone()).await?;
            self.known.push(Known { object, api_version, converted });
        }
        Ok(true)
    }
}

/// Whether objects of `kind` are converted by a webhook.
pub(crate) fn by_webhook(kind: &Kind) -> bool {
    kind.custom.as_ref().is_some_and(|custom| matches!(custom.crd().conversion, ConversionStrategy::Webhook(_)))
}
